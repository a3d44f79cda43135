using MRNet.Imaging.Faults.Tests.Network;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>A disk of 64 MB that fills up: refused with the reason, no half file, and all is well again when there is room. Needs the right to mount.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Megabytes = 64;

    private readonly TemporaryFolder folder = new();

    public FullDiskTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A tmpfs needs Linux.");
        Directory.CreateDirectory(folder["disk"]);
        Assert.SkipUnless(MrnetProgram.Shell($"mount -t tmpfs -o size={Megabytes}m tmpfs '{folder["disk"]}'").ExitCode == 0, "A tmpfs cannot be mounted here; that needs root.");
    }

    public void Dispose()
    {
        if (Directory.Exists(folder["disk"]))
            MrnetProgram.Shell($"umount -l '{folder["disk"]}'");
        folder.Dispose();
    }

    [Fact]
    public async Task Uploads_are_refused_running_jobs_end_and_all_works_again_when_there_is_room()
    {
        await using var server = await InProcessServer.StartAsync(Path.Combine(folder["disk"], "data"));
        using var client = server.Connect();
        var first = await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());
        var large = folder["large.dcm"];
        File.WriteAllBytes(large, new byte[8 << 20]);

        var (taken, refusal) = (0, (ImagingException?)null);
        while (refusal is null && taken < Megabytes)
            try
            {
                await client.UploadAsync([large], ImageKind.Dicom);
                taken++;
            }
            catch (ImagingException error)
            {
                refusal = error;
            }

        Assert.IsType<ResourceLimitException>(refusal);
        Assert.Equal(taken + 1, Directory.GetDirectories(Path.Combine(server.Data, "uploads")).Length); // the whole ones
        await FillAsync();
        Assert.False(await IsReadyAsync(server));
        await Assert.ThrowsAsync<ResourceLimitException>(() => client.SubmitAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request()));

        File.Delete(Filler);
        Assert.True(await IsReadyAsync(server));
        var again = await client.SegmentAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());
        Assert.Equal(first.Map(Output.Mask, 1)!.Mask(), again.Map(Output.Mask, 1)!.Mask());
        await server.StopAsync();
        Assert.Empty(server.Verify().Findings);
        Campaign.Tell("full disk", $"{Megabytes} MB: {taken} uploads of 8 MB taken, the next refused, not ready, ready again when there was room, nothing wrong in the store");
    }

    /// <summary>The disk fills while jobs wait: each ends with its result or with the reason, and the server goes on with the next.</summary>
    [Fact]
    public async Task Jobs_on_a_full_disk_end_and_the_server_lives_on()
    {
        await using var server = await InProcessServer.StartAsync(Path.Combine(folder["disk"], "data"));
        using var client = server.Connect();
        var upload = await client.UploadAsync(InProcessServer.Ct, ImageKind.Dicom);
        await client.SegmentAsync(Named(upload));
        var jobs = new List<string>();
        for (var i = 0; i < 10; i++)
            jobs.Add((await client.SubmitAsync(Named(upload))).Id);
        await FillAsync();
        await Task.Delay(2000);

        File.Delete(Filler);

        foreach (var id in jobs)
        {
            var end = await client.Raw.ListAsync(new() { PageSize = 100 });
            for (var tries = 300; tries > 0 && end.Jobs.Single(job => job.Id == id).State is JobState.Queued or JobState.Running; tries--)
            {
                await Task.Delay(100);
                end = await client.Raw.ListAsync(new() { PageSize = 100 });
            }

            var job = end.Jobs.Single(job => job.Id == id);
            Assert.True(job.State == JobState.Done || job is { State: JobState.Failed, Failure.Reason: "DISK" }, $"{job.State}: {job.Failure?.Message}");
        }

        Assert.NotNull((await client.SegmentAsync(Named(upload))).Map(Output.Mask, 1));
        await server.StopAsync();
        Assert.Empty(server.Verify().Findings);
    }

    /// <summary>The disk fills while the archive answers: what it has cannot be recorded, is sent once more when there is room, and is the same instance there.</summary>
    [Fact]
    public async Task An_export_that_cannot_be_recorded_is_sent_again_and_the_server_lives_on()
    {
        await using var archive = await StubArchive.StartAsync(whole: call =>
        {
            if (call == 0)
                FillAsync().GetAwaiter().GetResult();
            return 0;
        });
        await using var server = await InProcessServer.StartAsync(
            Path.Combine(folder["disk"], "data"), options => options with { Pacs = new Dictionary<string, PacsOptions> { ["archive"] = new() { Address = archive.Address } } });
        using var client = server.Connect();
        var job = await client.SubmitAsync(InProcessServer.Ct, ImageKind.Dicom, InProcessServer.Request());
        await client.WatchAsync(job.Id);

        var export = client.ExportAsync(job.Id, "archive");
        for (var tries = 200; tries > 0 && archive.Calls == 0; tries--)
            await Task.Delay(50);
        await Task.Delay(1000);
        File.Delete(Filler);

        Assert.Single(await export.WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.InRange(archive.Calls, 2, 10);
        Assert.Single(archive.Stored.Distinct());
        await server.StopAsync();
        Assert.Empty(server.Verify().Findings);
    }

    private string Filler => Path.Combine(folder["disk"], "filler");

    private static SegmentRequest Named(UploadReply upload)
    {
        var request = InProcessServer.Request();
        request.Source = new() { UploadId = upload.UploadId };
        return request;
    }

    /// <summary>To the last byte.</summary>
    private async Task FillAsync()
    {
        await using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var piece = new byte[1 << 16]; ;)
                await filler.WriteAsync(piece);
        }
        catch (IOException)
        {
            // full
        }
    }

    private static async Task<bool> IsReadyAsync(InProcessServer server)
    {
        using var http = new HttpClient();
        for (var tries = 20; tries > 0; tries--)
        {
            if ((await http.GetAsync($"{server.Web}/readyz")).IsSuccessStatusCode)
                return true;
            await Task.Delay(100);
        }

        return false;
    }
}
