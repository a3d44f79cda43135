using System.Text.Json;
using MRNet.Dicom.Network;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>A real archive: Orthanc with its DICOMweb plug-in, its store in a folder of the test.</summary>
internal sealed class Orthanc : IDisposable
{
    private const string Plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so";

    private readonly string folder;
    private readonly int httpPort = FreePort.One();
    private readonly HttpClient http = new();
    private PeerProcess? process;

    private Orthanc(string folder) => this.folder = folder;

    public DicomPeer Peer { get; } = new("ORTHANC", "127.0.0.1", FreePort.One());

    /// <summary>The port it knows our title MRNET at.</summary>
    public int OurPort { get; } = FreePort.One();

    public Uri Web => new($"http://127.0.0.1:{httpPort}/dicom-web");

    public static async Task<Orthanc> StartAsync(string folder)
    {
        Assert.SkipUnless(File.Exists(Plugin), "No Orthanc with DICOMweb (Debian: orthanc, orthanc-dicomweb).");
        Directory.CreateDirectory(folder);
        var orthanc = new Orthanc(folder);
        File.WriteAllText(Path.Combine(folder, "orthanc.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["Name"] = "test",
            ["StorageDirectory"] = folder,
            ["IndexDirectory"] = folder,
            ["Plugins"] = new[] { Plugin },
            ["HttpPort"] = orthanc.httpPort,
            ["DicomPort"] = orthanc.Peer.Port,
            ["DicomAet"] = orthanc.Peer.AeTitle,
            ["DicomCheckCalledAet"] = true,
            ["RemoteAccessAllowed"] = false,
            ["AuthenticationEnabled"] = false,
            ["DicomAlwaysAllowFind"] = true,
            ["DicomAlwaysAllowGet"] = true,
            ["DicomAlwaysAllowMove"] = true,
            ["DicomModalities"] = new Dictionary<string, object> { ["us"] = new object[] { "MRNET", "127.0.0.1", orthanc.OurPort } },
        }));
        await orthanc.RunAsync();
        return orthanc;
    }

    /// <summary>Starts it, or starts it again with what it had.</summary>
    public async Task RunAsync()
    {
        process = await PeerProcess.StartAsync("orthanc", httpPort, "Orthanc", Path.Combine(folder, "orthanc.json"));
        using var ready = await http.GetAsync($"http://127.0.0.1:{httpPort}/statistics");
    }

    public void Kill() => process?.Dispose();

    public async Task<int> InstancesAsync() =>
        JsonDocument.Parse(await http.GetStringAsync($"http://127.0.0.1:{httpPort}/statistics")).RootElement.GetProperty("CountInstances").GetInt32();

    public void Dispose()
    {
        Kill();
        http.Dispose();
    }
}
