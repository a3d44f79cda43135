using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MRNet.Imaging.Server.Tests.Audit;

/// <summary>An audit repository: takes syslog over TLS, each message with its length before it (RFC 5425).</summary>
internal sealed class TestRepository : IDisposable
{
    private readonly TcpListener listener;
    private readonly X509Certificate2 certificate;
    private readonly int breaksAfter;
    private readonly CancellationTokenSource over = new();

    /// <param name="breaksAfter">The first connection is cut after so many messages, unread what follows.</param>
    public TestRepository(int port, X509Certificate2 certificate, int breaksAfter = int.MaxValue)
    {
        (listener, this.certificate, this.breaksAfter) = (new(IPAddress.Loopback, port), X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null), breaksAfter);
        listener.Start();
        _ = ListenAsync();
    }

    /// <summary>Messages as they came.</summary>
    public ConcurrentQueue<string> Messages { get; } = [];

    public async Task HearsAsync(Func<bool> enough)
    {
        for (var i = 0; i < 1200 && !enough(); i++)
            await Task.Delay(25);
        Assert.True(enough(), $"The repository has {Messages.Count} messages.");
    }

    public void Dispose()
    {
        over.Cancel();
        listener.Dispose();
    }

    private async Task ListenAsync()
    {
        for (var left = breaksAfter; ; left = int.MaxValue)
        {
            using var client = await listener.AcceptTcpClientAsync(over.Token);
            try
            {
                await using var tls = new SslStream(client.GetStream());
                await tls.AuthenticateAsServerAsync(certificate);
                while (await TakeAsync(tls) is { } message)
                {
                    Messages.Enqueue(message);
                    if (--left > 0)
                        continue;
                    client.Client.Close(0); // a reset, as of a program that dies
                    break;
                }
            }
            catch (Exception error) when (error is IOException or AuthenticationException or ObjectDisposedException)
            {
                // the other side has gone
            }
        }
    }

    private static async Task<string?> TakeAsync(Stream stream)
    {
        var length = "";
        for (var one = new byte[1]; ; length += (char)one[0])
        {
            if (await stream.ReadAsync(one) == 0)
                return null;
            if (one[0] == ' ')
                break;
        }

        var message = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(message);
        return Encoding.UTF8.GetString(message);
    }
}
