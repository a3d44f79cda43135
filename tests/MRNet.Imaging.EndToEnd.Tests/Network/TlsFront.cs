using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>Ends TLS in front of another program, as a reverse proxy does. (Debian's Orthanc dies of its own https.)</summary>
internal sealed class TlsFront : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 certificate;
    private readonly Uri behind;

    public TlsFront((string Certificate, string Key) files, Uri behind)
    {
        (certificate, this.behind) = (X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), behind);
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>What the program has at its address, over https.</summary>
    public Uri Address => new UriBuilder(behind) { Scheme = "https", Port = ((IPEndPoint)listener.LocalEndpoint).Port }.Uri;

    public void Dispose()
    {
        listener.Dispose();
        certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = RelayAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    private async Task RelayAsync(TcpClient caller)
    {
        try
        {
            using var _ = caller;
            await using var secure = new SslStream(caller.GetStream());
            await secure.AuthenticateAsServerAsync(certificate);
            using var inner = new TcpClient();
            await inner.ConnectAsync(behind.Host, behind.Port);
            await Task.WhenAny(secure.CopyToAsync(inner.GetStream()), inner.GetStream().CopyToAsync(secure));
        }
        catch (Exception error) when (error is IOException or System.Security.Authentication.AuthenticationException or SocketException)
        {
            // the caller trusts us not, or is gone
        }
    }
}
