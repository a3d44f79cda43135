using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;

namespace MRNet.Imaging.Client;

/// <summary>From an address to a channel: scheme, certificates, token.</summary>
internal static class Channels
{
    /// <exception cref="InvalidImageException">No such address can be, a token would go unencrypted over a network, or a certificate cannot be used.</exception>
    public static GrpcChannel To(string address, ConnectionOptions options)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new InvalidImageException($"The server's address is '{address}'; expected http://host:port or https://host:port.");
        if (options.Token is not null && uri.Scheme == "http" && !uri.IsLoopback)
            throw new InvalidImageException($"The server's address is '{address}' and a token is given; expected https://, so that nobody on the way reads it.");
        if (options.ClientCertificateFile is not null && uri.Scheme == "http")
            throw new InvalidImageException($"The server's address is '{address}' and a client certificate is given; expected https://, for only TLS asks for one.");

        return GrpcChannel.ForAddress(uri, new GrpcChannelOptions { HttpHandler = Handler(options), DisposeHttpClient = true, MaxReceiveMessageSize = MessageBytes });
    }

    /// <summary>Twice the server's chunks with what is around them.</summary>
    private const int MessageBytes = 4 << 20;

    private static HttpMessageHandler Handler(ConnectionOptions options)
    {
        var sockets = new SocketsHttpHandler
        {
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            EnableMultipleHttp2Connections = true,
            SslOptions = new()
            {
                CertificateChainPolicy = options.AuthorityFile is { } file ? Trusting(file) : null,
                ClientCertificateContext = ClientCertificate.Read(options),
            },
        };
        return options.Token is { } token ? new Bearer(token, sockets) : sockets;
    }

    private static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InvalidImageException($"The certificates of {Path.GetFileName(file)} cannot be read ({error.Message}); expected a PEM file.", error);
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new InvalidImageException($"{Path.GetFileName(file)} has 0 certificates; expected a PEM file with at least one.");
    }

    private sealed class Bearer(string token, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
