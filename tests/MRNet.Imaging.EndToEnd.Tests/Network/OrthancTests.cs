using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;
using MRNet.Imaging.EndToEnd.Tests.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>What we write goes into a real archive and comes back bit for bit, by every way there is.</summary>
[Trait("Category", "Interop")]
public sealed class OrthancTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_is_stored_by_DIMSE_comes_back_bit_for_bit_by_C_GET_C_MOVE_and_WADO()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);

        var sent = await Objects.SendAsync(orthanc.Peer, objects);

        Assert.All(sent, result => Assert.Equal(DicomStatus.Success, result.Status));
        Assert.Equal(objects.Length, await orthanc.InstancesAsync());
        Objects.AssertSame(objects, await GetAsync(orthanc, objects));
        Objects.AssertSame(objects, await MoveAsync(orthanc, objects));
        Objects.AssertSame(objects, await WadoAsync(orthanc, objects));
    }

    [Fact]
    public async Task What_is_stored_by_STOW_comes_back_bit_for_bit()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        using var web = new DicomWebClient(orthanc.Web);
        var objects = Objects.Study(folder);

        await foreach (var result in web.StoreAsync(objects))
            Assert.Equal(DicomStatus.Success, result.Status);

        Assert.Equal(objects.Length, await orthanc.InstancesAsync());
        Objects.AssertSame(objects, await WadoAsync(orthanc, objects));
        Objects.AssertSame(objects, await GetAsync(orthanc, objects));
    }

    [Fact]
    public async Task Searches_find_the_same_by_C_FIND_and_QIDO_page_by_page()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);
        await Objects.SendAsync(orthanc.Peer, objects);
        var file = DicomFile.Open(objects[0].OpenFile());
        var study = file.Dataset.GetString(DicomTag.StudyInstanceUID);

        await using var association = await DicomAssociation.ConnectAsync(orthanc.Peer, [DicomAssociation.FindContext], Objects.Us);
        var found = new List<string>();
        await foreach (var match in association.FindAsync(Objects.Query("SERIES", file, DicomTag.SeriesInstanceUID)))
            found.Add(match.GetString(DicomTag.SeriesInstanceUID));
        using var web = new DicomWebClient(orthanc.Web, new() { PageSize = 1 });
        var searched = new List<string>();
        await foreach (var match in web.SearchSeriesAsync(study, []))
            searched.Add(match.GetString(DicomTag.SeriesInstanceUID));

        Assert.Equal(4, found.Count);
        Assert.Equal(found.Order(), searched.Order());
    }

    [Fact]
    public async Task A_search_that_is_left_early_is_cancelled()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);
        await Objects.SendAsync(orthanc.Peer, objects);
        await using var association = await DicomAssociation.ConnectAsync(orthanc.Peer, [DicomAssociation.FindContext, new(DicomUID.Verification.UID, [DicomTransferSyntax.ImplicitVRLittleEndian])], Objects.Us);

        await foreach (var _ in association.FindAsync(Objects.Query("SERIES", DicomFile.Open(objects[0].OpenFile()), DicomTag.SeriesInstanceUID)))
            break;

        Assert.Equal(DicomStatus.Success, await association.EchoAsync());
    }

    [Fact]
    public async Task The_headers_it_tells_as_JSON_are_those_that_were_sent()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);
        await Objects.SendAsync(orthanc.Peer, objects);
        var segmentation = DicomFile.Open(objects.Single(item => item.SopClass == DicomUID.SegmentationStorage.UID).OpenFile()).Dataset;
        using var web = new DicomWebClient(orthanc.Web);

        var told = Assert.Single(await web.MetadataAsync(segmentation.GetString(DicomTag.StudyInstanceUID), segmentation.GetString(DicomTag.SeriesInstanceUID)));

        foreach (var element in segmentation.OfType<DicomElement>().Where(element => element.VR.IsString && element.Tag != DicomTag.SpecificCharacterSet))
            Assert.Equal(segmentation.GetString(element.Tag), told.GetString(element.Tag));
        Assert.Equal(segmentation.GetSequence(DicomTag.SegmentSequence).Items.Count, told.GetSequence(DicomTag.SegmentSequence).Items.Count);
    }

    [Fact]
    public async Task Frames_come_alone()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);
        await Objects.SendAsync(orthanc.Peer, objects);
        var image = DicomFile.Open(objects[0].OpenFile()).Dataset;
        using var web = new DicomWebClient(orthanc.Web);

        var frames = await web.FramesAsync(image.GetString(DicomTag.StudyInstanceUID), image.GetString(DicomTag.SeriesInstanceUID), image.GetString(DicomTag.SOPInstanceUID), [1]);

        Assert.Equal(DicomPixelData.Create(image).GetFrame(0).ToArray(), Assert.Single(frames).Bytes);
    }

    [Fact]
    public async Task It_commits_itself_to_what_it_has_and_not_to_what_it_has_not()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);
        await Objects.SendAsync(orthanc.Peer, objects);
        var sink = new Commitments(folder["orthanc"]);
        await using var listener = DicomListener.Start(new() { AeTitle = "MRNET", Port = orthanc.OurPort }, sink);

        var transaction = DicomUID.Generate().UID;
        await using (var association = await DicomAssociation.ConnectAsync(orthanc.Peer, [DicomAssociation.CommitmentContext], Objects.Us))
            Assert.Equal(DicomStatus.Success, await association.RequestCommitmentAsync(transaction, [(objects[0].SopClass, objects[0].SopInstance), (objects[0].SopClass, "1.2.3")]));
        var report = await sink.Report.Task.WaitAsync(TimeSpan.FromSeconds(60));

        Assert.Equal(transaction, report.Transaction);
        Assert.Equal([objects[0].SopInstance], report.Kept);
        Assert.Equal(["1.2.3"], report.Failed.Keys);
    }

    [Fact]
    public async Task Credentials_do_not_travel_unencrypted()
    {
        Assert.Throws<DicomNetworkException>(() => new DicomWebClient(new("http://pacs.example/dicom-web"), new() { Credentials = DicomWebOptions.Bearer("secret") }));
        using var web = new DicomWebClient(new($"http://127.0.0.1:{FreePort.One()}/dicom-web"), new() { Credentials = DicomWebOptions.Basic("a:b"), Retries = 1, FirstWait = TimeSpan.FromMilliseconds(1) });

        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => web.MetadataAsync("1.2", "1.3"));

        Assert.True(error.IsTransient);
    }

    /// <summary>Other people's clients find and fetch in the archive what ours has put there.</summary>
    [Fact]
    public async Task Findscu_and_movescu_get_what_we_stored()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var objects = Objects.Study(folder);
        await Objects.SendAsync(orthanc.Peer, objects);
        var into = Directory.CreateDirectory(folder["in"]).FullName;
        using var receiver = await PeerProcess.StartAsync("dcmtk", orthanc.OurPort, "storescp", "-od", into, "-aet", "MRNET", $"{orthanc.OurPort}");
        var study = $"StudyInstanceUID={DicomFile.Open(objects[0].OpenFile()).Dataset.GetString(DicomTag.StudyInstanceUID)}";
        string[] archive = ["-S", "-aet", "MRNET", "-aec", orthanc.Peer.AeTitle, "127.0.0.1", $"{orthanc.Peer.Port}"];

        var (found, text) = Tools.Run("findscu", [.. archive, "-k", "QueryRetrieveLevel=SERIES", "-k", study, "-k", "SeriesInstanceUID", "-k", "Modality"]);
        var (moved, words) = Tools.Run("movescu", [.. archive[..1], "-aem", "MRNET", .. archive[1..], "-k", "QueryRetrieveLevel=STUDY", "-k", study]);

        Assert.SkipWhen(found == Tools.Absent, "No findscu (Debian: dcmtk).");
        Assert.True(found == 0, text);
        Assert.True(moved == 0, words);
        foreach (var item in objects)
            Assert.Contains(DicomFile.Open(item.OpenFile()).Dataset.GetString(DicomTag.SeriesInstanceUID), text, StringComparison.Ordinal);
        Objects.AssertSameValues(objects, Directory.GetFiles(into));
    }

    [Fact]
    public async Task DICOMweb_over_https_trusts_our_authority_and_no_other()
    {
        var certificates = new Certificates(folder["tls"]);
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        using var front = new TlsFront(certificates.Sign("localhost"), orthanc.Web);
        var objects = Objects.Study(folder);
        using var web = new DicomWebClient(front.Address, new() { Tls = new() { AuthorityFile = certificates.Authority } });
        using var strange = new DicomWebClient(front.Address, new() { Tls = new() { AuthorityFile = new Certificates(folder["other"]).Authority }, Retries = 0 });

        await foreach (var result in web.StoreAsync(objects))
            Assert.Equal(DicomStatus.Success, result.Status);
        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => strange.MetadataAsync("1.2", "1.3"));

        Assert.Equal(objects.Length, await orthanc.InstancesAsync());
        Objects.AssertSame(objects, await WadoAsync(orthanc, objects, web));
        Assert.Contains("TLS did not come about", error.Message, StringComparison.Ordinal);
    }

    private async Task<string> GetAsync(Orthanc orthanc, OutgoingObject[] objects)
    {
        var into = Directory.CreateDirectory(folder["get"]).FullName;
        await using var association = await DicomAssociation.ConnectAsync(orthanc.Peer, DicomAssociation.GetContexts([.. objects.Select(item => item.SopClass).Distinct()]), Objects.Us);
        var (status, counts) = await association.GetAsync(Objects.Query("STUDY", DicomFile.Open(objects[0].OpenFile())), new FolderSink(into));
        Assert.Equal((DicomStatus.Success, objects.Length, 0), (status, counts.Completed, counts.Failed));
        return into;
    }

    private async Task<string> MoveAsync(Orthanc orthanc, OutgoingObject[] objects)
    {
        var into = Directory.CreateDirectory(folder["move"]).FullName;
        await using var listener = DicomListener.Start(new() { AeTitle = "MRNET", Port = orthanc.OurPort }, new FolderSink(into));
        await using var association = await DicomAssociation.ConnectAsync(orthanc.Peer, [DicomAssociation.MoveContext], Objects.Us);
        var (status, _) = await association.MoveAsync(Objects.Query("STUDY", DicomFile.Open(objects[0].OpenFile())), "MRNET");
        Assert.Equal(DicomStatus.Success, status);
        return into;
    }

    private async Task<string> WadoAsync(Orthanc orthanc, OutgoingObject[] objects, DicomWebClient? over = null)
    {
        var into = Directory.CreateDirectory(folder["wado"]).FullName;
        using var own = new DicomWebClient(orthanc.Web);
        Assert.Equal(objects.Length, await (over ?? own).RetrieveAsync(DicomFile.Open(objects[0].OpenFile()).Dataset.GetString(DicomTag.StudyInstanceUID), null, null, new FolderSink(into)));
        return into;
    }

    private sealed class Commitments(string folder) : IObjectSink
    {
        public TaskCompletionSource<CommitmentReport> Report { get; } = new();

        public string TemporaryFolder => folder;

        public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation) => ValueTask.FromResult(DicomStatus.ClassNotSupported);

        public ValueTask<DicomStatus> CommittedAsync(CommitmentReport report, CancellationToken cancellation)
        {
            Report.TrySetResult(report);
            return ValueTask.FromResult(DicomStatus.Success);
        }
    }
}
