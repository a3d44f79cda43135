using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Security;

/// <summary>Where the server listens.</summary>
internal static class Listening
{
    /// <summary>Without TLS one port cannot speak both HTTP/2 and HTTP/1.1: native gRPC has one, pages and gRPC-Web the other. With TLS one does (ALPN).</summary>
    public static void Listen(KestrelServerOptions kestrel, ServerOptions options)
    {
        var address = ListeningRules.AddressOf(options);
        if (options.Tls.IsOn)
        {
            kestrel.Listen(address, options.Port, listen => AddTls(listen, kestrel.ApplicationServices));
            return;
        }

        kestrel.Listen(address, options.Port, listen => listen.Protocols = HttpProtocols.Http2);
        kestrel.Listen(address, options.PagesPort, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static void AddTls(ListenOptions listen, IServiceProvider services)
    {
        var certificates = services.GetRequiredService<ServerCertificates>();
        var handshakes = services.GetRequiredService<FailedHandshakes>();
        certificates.Load(); // what cannot be used is said at the start
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(handshakes.Outside);
        listen.UseHttps(new TlsHandshakeCallbackOptions { OnConnection = _ => ValueTask.FromResult(certificates.Now()) });
        listen.Use(FailedHandshakes.Inside);
    }
}
