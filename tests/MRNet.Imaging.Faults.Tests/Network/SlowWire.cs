using System.Net;
using System.Net.Sockets;

namespace MRNet.Imaging.Faults.Tests.Network;

/// <summary>A wire between a client and a server that can be made slow, stop, or be cut: a TCP proxy on a port of its own.</summary>
internal sealed class SlowWire : IDisposable
{
    private const int Piece = 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource cut = new();
    private readonly int target;

    /// <param name="address">Of the server, http://127.0.0.1:port.</param>
    public SlowWire(string address)
    {
        target = new Uri(address).Port;
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where the client connects to.</summary>
    public string Address => $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Bytes a second towards the server; 0: as many as there are.</summary>
    public int UpPerSecond { get; init; }

    /// <summary>The wire is cut when so many bytes have gone to the server.</summary>
    public long CutAfter { get; init; } = long.MaxValue;

    /// <summary>Nothing goes on towards the client while it is set.</summary>
    public bool StopsReading { get; set; }

    public void Dispose()
    {
        cut.Cancel();
        listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = JoinAsync(await listener.AcceptTcpClientAsync(cut.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // the end
        }
    }

    private async Task JoinAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, target, cut.Token);
            await Task.WhenAny(UpAsync(near.GetStream(), far.GetStream()), DownAsync(far.GetStream(), near.GetStream()));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // one of the two is gone
        }
    }

    private async Task UpAsync(NetworkStream from, NetworkStream to)
    {
        var piece = new byte[Piece];
        for (long sent = 0; await from.ReadAsync(piece, cut.Token) is var read and > 0 && sent < CutAfter; sent += read)
        {
            await to.WriteAsync(piece.AsMemory(0, read), cut.Token);
            if (UpPerSecond > 0)
                await Task.Delay(TimeSpan.FromSeconds((double)read / UpPerSecond), cut.Token);
        }
    }

    private async Task DownAsync(NetworkStream from, NetworkStream to)
    {
        var piece = new byte[Piece];
        while (true)
        {
            while (StopsReading)
                await Task.Delay(20, cut.Token);
            if (await from.ReadAsync(piece, cut.Token) is not (var read and > 0))
                return;
            await to.WriteAsync(piece.AsMemory(0, read), cut.Token);
        }
    }
}
