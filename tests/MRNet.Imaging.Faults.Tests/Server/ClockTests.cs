using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>The computer's clock jumps while the server works: nothing ends early, nothing is lost.</summary>
public sealed class ClockTests
{
    [Theory]
    [InlineData(-1), InlineData(1)]
    public async Task Jobs_and_uploads_outlive_a_clock_that_is_set_by_an_hour(int hours)
    {
        var time = new JumpingTime();
        await using var server = await InProcessServer.StartAsync(more: builder => builder.Services.AddSingleton<TimeProvider>(time));
        using var client = server.Connect();
        using var upload = client.Raw.Upload();
        var file = await File.ReadAllBytesAsync(InProcessServer.Ct[0]);
        await upload.RequestStream.WriteAsync(new() { Header = new() { Kind = ImageKind.Dicom, FileName = "a.dcm", Bytes = (ulong)file.Length } });
        var kept = await client.UploadAsync(InProcessServer.Ct, ImageKind.Dicom);
        var job = await client.SubmitAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());

        time.Offset = TimeSpan.FromHours(hours);
        server.Results.Tidy();

        await client.WatchAsync(job.Id);
        server.Results.Tidy();
        Assert.NotNull((await client.GetResultAsync(job.Id)).Map(Output.Mask, 1));
        await upload.RequestStream.WriteAsync(new() { Chunk = new() { Data = Google.Protobuf.UnsafeByteOperations.UnsafeWrap(file) } });
        await upload.RequestStream.CompleteAsync();
        Assert.Equal(1u, (await upload).Files);
        var later = InProcessServer.Request();
        later.Source = new() { UploadId = kept.UploadId };
        Assert.NotEmpty((await client.SubmitAsync(later)).Id);
    }

    /// <summary>Wall time can be set; what is measured cannot.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
