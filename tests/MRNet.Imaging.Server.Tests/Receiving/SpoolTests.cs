using Microsoft.Extensions.Time.Testing;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Receiving;

namespace MRNet.Imaging.Server.Tests.Receiving;

public sealed class SpoolTests : IDisposable
{
    private static readonly DicomCaller Scanner = new("SCANNER", "MRNET", "10.1.2.3", 1);

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = Some.Clock();
    private readonly DataFolder data;

    public SpoolTests() => data = new(folder["data"], new DiskFileSystem());

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_series_is_complete_when_its_sender_is_gone_and_nothing_came_for_a_while()
    {
        var spool = Spool();
        await TakeAsync(spool, "1.1");
        clock.Advance(TimeSpan.FromSeconds(60));
        spool.CloseQuiet();
        Assert.Empty(spool.CompleteSeries); // its association is open: it may be a slow sender

        await spool.EndedAsync(Scanner, isReleased: true);
        await TakeAsync(spool, "1.2", Scanner with { Association = 2 });
        await spool.EndedAsync(Scanner with { Association = 2 }, isReleased: false);
        clock.Advance(TimeSpan.FromSeconds(9));
        spool.CloseQuiet();
        Assert.Empty(spool.CompleteSeries);

        clock.Advance(TimeSpan.FromSeconds(1));
        spool.CloseQuiet();
        var complete = Assert.Single(spool.CompleteSeries);
        Assert.Equal(["1.1.dcm", "1.2.dcm"], spool.ImagesOf(complete).Select(Path.GetFileName));
        Assert.Equal(("CT", "SCANNER", "MRNET"), (spool.Read(complete)!.Modality, spool.Read(complete)!.Calling, spool.Read(complete)!.Called));
    }

    [Fact]
    public async Task Where_the_rule_says_so_it_is_complete_when_the_sender_ends_properly()
    {
        var spool = Spool(onRelease: true);
        await TakeAsync(spool, "1.1");

        await spool.EndedAsync(Scanner, isReleased: false);
        Assert.Empty(spool.CompleteSeries);

        await TakeAsync(spool, "1.2", Scanner with { Association = 2 });
        await spool.EndedAsync(Scanner with { Association = 2 }, isReleased: true);
        Assert.Single(spool.CompleteSeries);
    }

    [Fact]
    public async Task What_comes_after_that_is_a_series_of_its_own_and_senders_are_kept_apart()
    {
        var spool = Spool(onRelease: true);
        foreach (var (uid, sender) in new[] { ("1.1", "SCANNER"), ("1.1", "OTHER"), ("1.2", "SCANNER") })
        {
            await TakeAsync(spool, uid, Scanner with { CallingAe = sender });
            await spool.EndedAsync(Scanner, isReleased: true);
        }

        Assert.Equal(3, spool.CompleteSeries.Count);
        Assert.All(spool.CompleteSeries, series => Assert.Single(spool.ImagesOf(series)));
    }

    [Fact]
    public async Task The_same_object_once_more_replaces_it()
    {
        var spool = Spool(onRelease: true);
        await TakeAsync(spool, "1.1");
        await TakeAsync(spool, "1.1");
        await spool.EndedAsync(Scanner, isReleased: true);

        Assert.Single(spool.ImagesOf(Assert.Single(spool.CompleteSeries)));
    }

    [Fact]
    public async Task A_restart_keeps_what_was_acknowledged_and_drops_the_rest()
    {
        var before = Spool(onRelease: true);
        await TakeAsync(before, "1.1");
        await before.EndedAsync(Scanner, isReleased: true);
        await TakeAsync(before, "1.2");
        File.WriteAllText(Path.Combine(data.Received, "incoming-half.tmp"), "half");
        Directory.CreateDirectory(Path.Combine(data.Received, "begun"));

        var after = Spool();

        Assert.Single(after.CompleteSeries);
        clock.Advance(TimeSpan.FromSeconds(10));
        after.CloseQuiet();
        Assert.Equal(["1.1.dcm", "1.2.dcm"], after.CompleteSeries.SelectMany(after.ImagesOf).Select(Path.GetFileName).Order());
        Assert.Equal(2, Directory.GetFileSystemEntries(data.Received).Length);
    }

    [Fact]
    public async Task What_is_no_image_of_a_series_or_too_much_is_refused()
    {
        var spool = Spool(limits: new() { KeepFree = 0, MaxFiles = 1 });

        Assert.Equal(DicomStatus.CannotUnderstand.Code, (await TakeAsync(spool, "1.1", series: "")).Code);
        Assert.Equal(DicomStatus.Success, await TakeAsync(spool, "1.1"));
        Assert.Equal(DicomStatus.OutOfResources.Code, (await TakeAsync(spool, "1.2")).Code);
        Assert.Equal(DicomStatus.OutOfResources.Code, (await TakeAsync(Spool(limits: new() { KeepFree = long.MaxValue }), "1.3")).Code);
    }

    /// <summary>Whatever file operation fails, what was acknowledged is there after a restart.</summary>
    [Fact]
    public async Task Survives_a_failure_of_any_file_operation()
    {
        for (var n = 1; ; n++)
        {
            using var own = new DataFolder(folder[$"{n}"], new DiskFileSystem());
            var files = new FaultyFileSystem(n);
            var acknowledged = new List<string>();
            try
            {
                var spool = new Spool(own, files, new() { KeepFree = 0 }, Routes(true), clock);
                foreach (var uid in new[] { "1.1", "1.2" })
                    if (await TakeAsync(spool, uid) == DicomStatus.Success)
                        acknowledged.Add(uid + ".dcm");
                await spool.EndedAsync(Scanner, isReleased: true);
            }
            catch (IOException)
            {
                // the listener answers "out of resources", or the server ends
            }

            var after = new Spool(own, new DiskFileSystem(), new() { KeepFree = 0 }, Routes(true), clock);
            clock.Advance(TimeSpan.FromSeconds(10));
            after.CloseQuiet();
            Assert.Subset(after.CompleteSeries.SelectMany(after.ImagesOf).Select(path => Path.GetFileName(path)!).ToHashSet(), acknowledged.ToHashSet());
            if (!files.Met)
                break;
        }
    }

    private Spool Spool(bool onRelease = false, Server.Uploads.UploadLimits? limits = null) => new(data, new DiskFileSystem(), limits ?? new() { KeepFree = 0 }, Routes(onRelease), clock);

    private static Routes Routes(bool onRelease) => new() { Rules = [new() { Modality = "CT", Model = "m", Send = ["a"], CompleteOnRelease = onRelease }] };

    private static async Task<DicomStatus> TakeAsync(Spool spool, string uid, DicomCaller? from = null, string series = "1.3")
    {
        var path = Path.Combine(spool.TemporaryFolder, $"incoming-{uid}.tmp");
        new DicomFile(new DicomDataset()
            .Add(DicomTag.SOPClassUID, DicomUID.CTImageStorage.UID).Add(DicomTag.SOPInstanceUID, uid).Add(DicomTag.SeriesInstanceUID, series).Add(DicomTag.Modality, "CT")).Save(path);
        return await spool.TakeAsync(new(path, DicomUID.CTImageStorage.UID, uid, DicomTransferSyntax.ExplicitVRLittleEndian, new FileInfo(path).Length, from ?? Scanner), CancellationToken.None);
    }
}
