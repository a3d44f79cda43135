using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Tests.Dicom;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>The commands that speak with archives, as a user starts them.</summary>
[Trait("Category", "Interop")]
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_archive_killed_in_the_middle_gets_everything_once_when_it_is_back()
    {
        const int Count = 300;
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(64, 64, Count)));

        var export = Task.Run(() => Mrnet("export", folder["a"], "--to", orthanc.Peer.ToString(), "--wait", "120"));
        while (await orthanc.InstancesAsync() < 5)
            await Task.Delay(5);
        orthanc.Kill();
        await Task.Delay(1500);
        await orthanc.RunAsync();
        var run = await export;

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("Trying again in 1 s", run.Error, StringComparison.Ordinal);
        Assert.Contains($"{Count} objects stored.", run.Output, StringComparison.Ordinal);
        Assert.Equal(Count, await orthanc.InstancesAsync());
        Assert.False(File.Exists(folder["a/mrnet-export.tsv"]));
    }

    [Fact]
    public async Task A_run_that_gave_up_is_gone_on_with_and_nothing_is_sent_twice()
    {
        SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(8, 8, 10)));
        var sink = new Full(Directory.CreateDirectory(folder["in"]).FullName) { Room = 3 };
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = 0 }, sink);
        var to = $"NODE@127.0.0.1:{listener.Port}";

        var first = await Task.Run(() => Mrnet("export", folder["a"], "--to", to, "--wait", "0"));
        sink.Room = 100;
        var second = await Task.Run(() => Mrnet("export", folder["a"], "--to", to, "--wait", "0"));

        Assert.Equal(6, first.ExitCode);
        Assert.Contains("A700 (out of resources)", first.Message, StringComparison.Ordinal);
        Assert.Contains("3 of 10 objects are stored; the same command sends the rest.", first.Message, StringComparison.Ordinal);
        Assert.True(second.ExitCode == 0, second.Error);
        Assert.Contains("7 objects stored, 3 were stored before.", second.Output, StringComparison.Ordinal);
        Assert.Equal(10, sink.Taken.Count);
        Assert.Equal(10, sink.Taken.Distinct().Count());
    }

    [Fact]
    public async Task What_the_archive_refuses_is_named_and_the_rest_is_stored()
    {
        Objects.Study(folder);
        var sink = new Full(Directory.CreateDirectory(folder["in"]).FullName) { Room = 100, Refused = DicomUID.ParametricMapStorage.UID };
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = 0 }, sink);

        var run = await Task.Run(() => Mrnet("export", folder["results"], "--to", $"NODE@127.0.0.1:{listener.Port}"));

        Assert.Equal(6, run.ExitCode);
        Assert.Contains("probability.dcm is not stored: A900", run.Error, StringComparison.Ordinal);
        Assert.Contains("uncertainty.dcm is not stored: A900", run.Error, StringComparison.Ordinal);
        Assert.Single(sink.Taken);
    }

    [Fact]
    public async Task A_series_of_the_archive_is_segmented_and_the_results_go_back()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var ct = Path.Combine(Repository.Root, "testdata", "ct-nodule");
        var study = DicomFile.Open(Directory.GetFiles(ct, "*.dcm")[0]).Dataset.GetString(DicomTag.StudyInstanceUID);
        var series = DicomFile.Open(Directory.GetFiles(ct, "*.dcm")[0]).Dataset.GetString(DicomTag.SeriesInstanceUID);
        await Objects.SendAsync(orthanc.Peer, [.. Directory.GetFiles(ct, "*.dcm").Select(OutgoingObject.FromFile)]);

        var dimse = await Task.Run(() => Mrnet("segment", "--from", orthanc.Peer.ToString(), "--study", study, "--out", folder["one"], "--format", "seg,json", "--to", orthanc.Peer.ToString()));
        var web = await Task.Run(() => Mrnet("segment", "--from", orthanc.Web.AbsoluteUri, "--study", study, "--series", series, "--out", folder["two"], "--format", "seg,pm", "--to", orthanc.Web.AbsoluteUri));
        var find = await Task.Run(() => Mrnet("dicom", "find", orthanc.Peer.ToString(), "--level", "series", $"StudyInstanceUID={study}"));

        Assert.True(dimse.ExitCode == 0, dimse.Error);
        Assert.True(web.ExitCode == 0, web.Error);
        Assert.Contains("1 objects stored", dimse.Output, StringComparison.Ordinal);
        Assert.Contains("3 objects stored", web.Output, StringComparison.Ordinal);
        Assert.Equal(Directory.GetFiles(ct, "*.dcm").Length + 4, await orthanc.InstancesAsync());
        Assert.Equal(5, find.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Empty(Directory.GetFiles(folder["one"], "*.tsv"));
    }

    [Theory]
    [InlineData("dicom echo NODE@127.0.0.1:{0}")]
    [InlineData("dicom echo http://127.0.0.1:{0}/dicom-web")]
    [InlineData("dicom find NODE@127.0.0.1:{0}")]
    [InlineData("export testdata/ct-nodule/IMG0001.dcm --to NODE@127.0.0.1:{0} --wait 0")]
    [InlineData("export testdata/ct-nodule/IMG0001.dcm --to http://127.0.0.1:{0}/dicom-web --wait 0")]
    [InlineData("segment --from NODE@127.0.0.1:{0} --study 1.2.3 --out nowhere")]
    public void A_peer_that_is_away_is_exit_code_6_and_one_sentence(string command)
    {
        var run = Mrnet(string.Format(System.Globalization.CultureInfo.InvariantCulture, command, FreePort.One()).Split(' '));

        Assert.Equal(6, run.ExitCode);
        Assert.Contains("cannot be reached", run.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("segment --out out")]
    [InlineData("segment --from NODE@pacs --out out")]
    [InlineData("segment ct --from NODE@pacs --study 1.2 --out out")]
    [InlineData("segment --all ct --to NODE@pacs --out out")]
    [InlineData("export a.dcm --to pacs:104")]
    [InlineData("export a.dcm --to https://user:secret@pacs/dicom-web")]
    [InlineData("dicom echo NODE")]
    public void What_is_not_asked_well_is_wrong_usage(string command) => Assert.Equal(1, Mrnet(command.Split(' ')).ExitCode);

    [Fact]
    public void A_file_is_shown_as_JSON()
    {
        var run = Mrnet("dicom", "json", Path.Combine("testdata", "ct-nodule", "IMG0001.dcm"));

        Assert.Equal(0, run.ExitCode);
        var dataset = DicomJson.ConvertJsonToDicom(run.Output);
        Assert.Equal("CT", dataset.GetString(DicomTag.Modality));
        Assert.Equal(0, dataset.GetValueCount(DicomTag.PixelData));
    }

    /// <summary>An archive that has room for a while, or never for one class.</summary>
    private sealed class Full(string folder) : IObjectSink
    {
        public int Room { get; set; }

        public string? Refused { get; init; }

        public List<string> Taken { get; } = [];

        public string TemporaryFolder => folder;

        public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation)
        {
            if (item.SopClass == Refused)
                return ValueTask.FromResult(new DicomStatus(0xA900));
            if (Taken.Count >= Room)
                return ValueTask.FromResult(DicomStatus.OutOfResources);
            Taken.Add(item.SopInstance);
            return ValueTask.FromResult(DicomStatus.Success);
        }
    }
}
