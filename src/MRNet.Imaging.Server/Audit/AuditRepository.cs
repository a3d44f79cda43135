using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using MRNet.Dicom.Network;

namespace MRNet.Imaging.Server.Audit;

/// <summary>The audit repository of a hospital: syslog over TLS (RFC 5425, PS3.15 A.6 and A.7).</summary>
internal sealed class AuditRepository(SyslogOptions options)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly TlsSettings tls = new() { AuthorityFile = options.Authorities, CertificateFile = options.Certificate, KeyFile = options.Key };

    /// <summary>Reads the certificates, so that a wrong file is said at the start.</summary>
    /// <exception cref="InvalidImageException">One cannot be used.</exception>
    public void Check()
    {
        try
        {
            tls.Check();
        }
        catch (DicomNetworkException error)
        {
            throw new InvalidImageException($"A certificate file of the audit repository cannot be used: {error.Message}", error);
        }
    }

    /// <summary>
    /// Sends messages over a connection of their own, and waits until the repository has closed it. Syslog has no receipt, but
    /// who answers our close has read what came before it (RFC 5425 section 4.4), and one that dies with messages unread resets
    /// the connection: that, silence and any fault count as not sent.
    /// </summary>
    /// <exception cref="Exception">Of sockets, streams and TLS: the repository is away.</exception>
    public async Task SendAsync(IReadOnlyList<string> messages, CancellationToken cancellation)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(Patience);
        using var client = new TcpClient();
        await client.ConnectAsync(options.Host!, options.Port, late.Token);
        await using var stream = new SslStream(client.GetStream());
        var greeting = new SslClientAuthenticationOptions { TargetHost = options.Host };
        tls.ApplyTo(greeting);
        await stream.AuthenticateAsClientAsync(greeting, late.Token);
        await stream.WriteAsync(Framed(messages), late.Token);
        await stream.ShutdownAsync();
        var nothing = new byte[256];
        while (await stream.ReadAsync(nothing, late.Token) > 0)
        {
            // a repository has nothing to say
        }
    }

    /// <summary>Each with its length in bytes before it.</summary>
    private static byte[] Framed(IReadOnlyList<string> messages)
    {
        using var framed = new MemoryStream();
        foreach (var message in messages)
        {
            var bytes = Encoding.UTF8.GetBytes(message);
            framed.Write(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{bytes.Length} ")));
            framed.Write(bytes);
        }

        return framed.ToArray();
    }
}
