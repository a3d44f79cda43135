using MRNet.Dicom.Network;

namespace MRNet.Imaging.Server.Tests.Exports;

/// <summary>An archive on a port of this computer that does what a test wants.</summary>
internal sealed class TestArchive : IObjectSink, IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<string> taken = [];
    private DicomListener? listener;

    public int Port { get; private set; } = FreePort.One();

    public string Address => $"ARCHIVE@127.0.0.1:{Port}";

    /// <summary>What it answers, by SOP Instance UID and how often it was asked before.</summary>
    public Func<string, int, DicomStatus> Answer { get; set; } = (_, _) => DicomStatus.Success;

    /// <summary>Instances it was sent, each as often as it was.</summary>
    public string[] Taken
    {
        get
        {
            lock (taken)
                return [.. taken];
        }
    }

    public string TemporaryFolder => folder[""];

    public TestArchive Start(string title = "ARCHIVE")
    {
        listener = DicomListener.Start(new() { AeTitle = title, Port = Port, Flush = false }, this);
        return this;
    }

    public async Task StopAsync()
    {
        if (listener is not null)
            await listener.DisposeAsync();
        listener = null;
    }

    public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation)
    {
        lock (taken)
        {
            var before = taken.Count(uid => uid == item.SopInstance);
            taken.Add(item.SopInstance);
            return ValueTask.FromResult(Answer(item.SopInstance, before));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }
}
