using System.Globalization;
using System.Text.Json;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;
using MRNet.Imaging.Client;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.EndToEnd.Tests.Dicom;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>A study pushed to the real <c>mrnet serve</c> by DCMTK's storescu comes back segmented in a real archive: once, whatever dies meanwhile.</summary>
[Trait("Category", "Interop")]
public sealed class ServedNodeTests : IDisposable
{
    private static readonly string Ct = Repository.TestData("ct-nodule");
    private static readonly int Rounds = int.TryParse(Environment.GetEnvironmentVariable("MRNET_ROUNDS"), CultureInfo.InvariantCulture, out var rounds) ? rounds : 3;

    private readonly TemporaryFolder folder = new();
    private readonly int port = FreePort.One();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_pushed_study_is_in_Orthanc_segmented_once_and_every_object_is_right()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        using var server = Serve($"archive={orthanc.Peer}");

        Dcmtk("echoscu", "-aec", "MRNET", "127.0.0.1", Port);
        Push();
        await UntilAsync(orthanc, 3);
        Push();
        await Task.Delay(TimeSpan.FromSeconds(3)); // were it sent again, it would be now

        Assert.Equal(3, await orthanc.InstancesAsync());
        using var web = new DicomWebClient(orthanc.Web);
        await web.RetrieveAsync(DicomFile.Open(Directory.GetFiles(Ct)[0]).Dataset.GetString(DicomTag.StudyInstanceUID), null, null, new FolderSink(Directory.CreateDirectory(folder["back"]).FullName));
        Tools.Validate(folder["back"], Ct);
        Assert.Empty(Directory.GetFileSystemEntries(folder["store/received"]));
    }

    [Fact]
    public async Task The_same_over_TLS_on_both_sides()
    {
        var certificates = new Certificates(folder["tls"]);
        var (ours, archives, scanners, strangers) = (certificates.Sign("localhost"), certificates.Sign("archive"), certificates.Sign("scanner"), new Certificates(folder["other"]).Sign("stranger"));
        var archive = FreePort.One();
        var into = Directory.CreateDirectory(folder["in"]).FullName;
        using var peer = await PeerProcess.StartAsync("dcmtk", archive, "storescp", "+tls", archives.Key, archives.Certificate, "+cf", certificates.Authority, "-rc", "-od", into, "-aet", "ARCHIVE", $"{archive}");
        File.WriteAllText(folder["settings.json"], JsonSerializer.Serialize(new
        {
            Pacs = new { archive = new { Address = $"ARCHIVE@127.0.0.1:{archive}", TlsAuthority = certificates.Authority, TlsCertificate = ours.Certificate, TlsKey = ours.Key } },
        }));
        using var server = new RunningServe(folder["store"], "--config", folder["settings.json"], "--listen-dicom", Port, "--routes", Routes(new { certificate = ours.Certificate, key = ours.Key, authority = certificates.Authority }));

        Assert.NotEqual(0, Tools.Run("storescu", ["+tls", strangers.Key, strangers.Certificate, "+cf", certificates.Authority, "-aec", "MRNET", "127.0.0.1", Port, Directory.GetFiles(Ct)[0]]).Code);
        Dcmtk("storescu", ["+tls", scanners.Key, scanners.Certificate, "+cf", certificates.Authority, "-aec", "MRNET", "127.0.0.1", Port, .. Directory.GetFiles(Ct)]);
        await UntilAsync(() => Task.FromResult(Directory.GetFiles(into).Length == 3));

        Tools.Validate(into, Ct);
    }

    [Fact]
    public async Task Callers_that_are_not_on_the_list_are_refused()
    {
        using var archive = await Orthanc.StartAsync(folder["orthanc"]);
        using var server = Serve($"archive={archive.Peer}", callers: "SCANNER@127.0.0.1");
        var file = Directory.GetFiles(Ct)[0];

        foreach (var titles in new[] { ("OTHER", "MRNET"), ("SCANNER", "ELSEWHERE") })
        {
            var (code, text) = Tools.Run("storescu", ["-aet", titles.Item1, "-aec", titles.Item2, "127.0.0.1", Port, file]);
            Assert.NotEqual(0, code);
            Assert.Contains("Rejected", text, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Empty(Directory.GetFileSystemEntries(folder["store/received"]));
        Dcmtk("storescu", "-aet", "SCANNER", "-aec", "MRNET", "127.0.0.1", Port, file);
        Assert.NotEmpty(Directory.GetFileSystemEntries(folder["store/received"]));
    }

    /// <summary>kill -9 of the server at some moment after the push: while it waits for silence, computes, or sends.</summary>
    [Fact]
    public async Task A_server_killed_at_any_moment_loses_nothing_and_sends_nothing_twice()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var random = new Random(20261128);
        for (var round = 1; round <= Rounds; round++)
        {
            Directory.CreateDirectory(folder[$"ct{round}"]);
            foreach (var file in Directory.GetFiles(Ct))
                OtherSeries(file, folder[$"ct{round}/{Path.GetFileName(file)}"], round);
            using (var server = Serve($"archive={orthanc.Peer}"))
            {
                Push(folder[$"ct{round}"]);
                await Task.Delay(random.Next(20, 4000));
                server.Kill();
            }
        }

        using var last = Serve($"archive={orthanc.Peer}");
        await UntilAsync(orthanc, 3 * Rounds);
        using var client = MrnetClient.Connect(last.Address);
        var jobs = (await client.Raw.ListAsync(new() { Everyones = true, PageSize = 100 })).Jobs;

        Assert.Equal(Rounds, jobs.Count);
        Assert.All(jobs, job => Assert.Equal((JobState.Done, 3u, 0u, 0u), (job.State, job.Exports.Single().Sent, job.Exports.Single().Pending, job.Exports.Single().Parked)));
        Assert.Equal(3 * Rounds, await orthanc.InstancesAsync());
        await UntilAsync(() => Task.FromResult(Directory.GetFileSystemEntries(folder["store/received"]).Length == 0));
    }

    [Fact]
    public async Task An_archive_killed_in_the_middle_of_an_export_gets_the_rest_once_when_it_is_back()
    {
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        using var server = Serve($"archive={orthanc.Peer}");

        Push();
        while (await orthanc.InstancesAsync() == 0)
            await Task.Delay(2);
        orthanc.Kill();
        await Task.Delay(2500);
        await orthanc.RunAsync();
        using var client = MrnetClient.Connect(server.Address);
        await UntilAsync(async () => (await client.Raw.ListAsync(new() { Everyones = true })).Jobs is [{ Exports: [{ Pending: 0, Parked: 0, Sent: 3 }] }]);

        Assert.Equal(3, await orthanc.InstancesAsync());
    }

    private string Port => port.ToString(CultureInfo.InvariantCulture);

    private RunningServe Serve(string pacs, string? callers = null) => new(folder["store"], "--pacs", pacs, "--listen-dicom", Port, "--routes", Routes(null, callers));

    private string Routes(object? tls, string? callers = null)
    {
        File.WriteAllText(folder["routes.json"], JsonSerializer.Serialize(new
        {
            callers = callers is null ? null : new[] { callers },
            tls,
            quietSeconds = 1,
            rules = new[] { new { modality = "CT", model = "ct-lung-nodule", send = new[] { "archive" } } },
        }));
        return folder["routes.json"];
    }

    private void Push(string? from = null) => Dcmtk("storescu", ["-aec", "MRNET", "127.0.0.1", Port, .. Directory.GetFiles(from ?? Ct)]);

    private static void Dcmtk(string program, params string[] arguments)
    {
        var (code, text) = Tools.Run(program, arguments);
        Assert.SkipWhen(code == Tools.Absent, $"No {program} (Debian: dcmtk).");
        Assert.True(code == 0, text);
    }

    /// <summary>The same image as of another series.</summary>
    private static void OtherSeries(string file, string to, int number)
    {
        var dicom = DicomFile.Open(file);
        foreach (var tag in new[] { DicomTag.StudyInstanceUID, DicomTag.SeriesInstanceUID, DicomTag.SOPInstanceUID })
            dicom.Dataset.AddOrUpdate(tag, $"{dicom.Dataset.GetString(tag)}.{number}");
        new DicomFile(dicom.Dataset).Save(to);
    }

    private static Task UntilAsync(Orthanc orthanc, int instances) => UntilAsync(async () => await orthanc.InstancesAsync() >= instances);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 1200 && !await holds(); i++)
            await Task.Delay(100);
        Assert.True(await holds());
    }
}
