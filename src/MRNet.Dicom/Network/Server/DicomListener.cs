using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace MRNet.Dicom.Network;

/// <summary>Takes associations: C-ECHO, C-STORE, and reports of storage commitment. A hostile or broken peer costs its own connection.</summary>
public sealed class DicomListener : IAsyncDisposable
{
    private readonly DicomListenerOptions options;
    private readonly IObjectSink sink;
    private readonly TcpListener listener;
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<long, Task> connections = new();
    private long last;
    private Task accepting = Task.CompletedTask;

    private DicomListener(DicomListenerOptions options, IObjectSink sink)
    {
        (this.options, this.sink) = (options, sink);
        listener = new(options.Address, options.Port);
    }

    /// <summary>The port it listens on.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Connections at the moment.</summary>
    public int Connections => connections.Count;

    /// <exception cref="DicomNetworkException">The port is taken or not allowed, or a certificate cannot be read.</exception>
    public static DicomListener Start(DicomListenerOptions options, IObjectSink sink)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sink);
        options.Tls?.Check();
        var made = new DicomListener(options, sink);
        try
        {
            made.listener.Start();
        }
        catch (SocketException error)
        {
            throw new DicomNetworkException($"Cannot listen on {options.Address}:{options.Port}: {error.Message}.", isTransient: error.SocketErrorCode == SocketError.AddressAlreadyInUse, error);
        }

        made.accepting = made.AcceptAsync();
        return made;
    }

    /// <summary>Takes no more calls and breaks off those that run.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync().ConfigureAwait(false);
        listener.Stop();
        await accepting.ConfigureAwait(false);
        await Task.WhenAll(connections.Values).ConfigureAwait(false);
        listener.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                Begin(await listener.AcceptSocketAsync(stop.Token).ConfigureAwait(false));
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException) // the caller went before it was taken, or no handle is left: the next may do better
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void Begin(Socket socket)
    {
        // Some beyond the limit are told so; a flood of them is not worth the words.
        if (connections.Count >= 2 * options.MaximumAssociations)
        {
            socket.Dispose();
            return;
        }

        var id = ++last;
        connections[id] = Task.Run(async () =>
        {
            try
            {
                await ServeAsync(socket, id).ConfigureAwait(false);
            }
            finally
            {
                connections.TryRemove(id, out _);
            }
        });
    }

    private async Task ServeAsync(Socket socket, long id)
    {
        var address = "?";
        try
        {
            socket.NoDelay = true;
            var from = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            address = from.ToString();
            await using var plain = new NetworkStream(socket, ownsSocket: true);
            await using var stream = await SecuredAsync(plain).ConfigureAwait(false);
            await using var pdus = new PduConnection(stream, options.MaximumPdu);
            await new ServedAssociation(pdus, options, sink, from, id, isTooMany: connections.Count > options.MaximumAssociations).RunAsync(stop.Token).ConfigureAwait(false);
        }
        catch (Exception error) // also a fault of the sink: it must cost this connection only
        {
            if (!stop.IsCancellationRequested)
                options.Note?.Invoke($"{address}: {(error is DicomException or SocketException or IOException ? error.Message : error)}");
        }
    }

    private async Task<Stream> SecuredAsync(NetworkStream plain)
    {
        if (options.Tls is null)
            return plain;
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        timer.CancelAfter(options.AssociationTimeout);
        return await options.Tls.AnswerAsync(plain, timer.Token).ConfigureAwait(false);
    }
}
