using System.Net;
using Microsoft.AspNetCore.Connections;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Security;

/// <summary>Notices connections that never came through TLS: wrong version, wrong certificate, no certificate, no TLS at all.</summary>
internal sealed class FailedHandshakes(AuditTrail audit, ServerMetrics metrics, TimeProvider time)
{
    private const int RecordedPerMinute = 10; // of one address: a scanner shall not fill the audit trail

    private readonly Attempts attempts = new(RecordedPerMinute, time);

    /// <summary>Around TLS: what ends without having come to <see cref="Inside"/> has failed.</summary>
    public ConnectionDelegate Outside(ConnectionDelegate next) => async connection =>
    {
        await next(connection);
        if (connection.Features.Get<Done>() is not null)
            return;
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "unknown";
        metrics.AuthFailed("handshake");
        if (attempts.Count(address))
            audit.HandshakeFailed(address);
    };

    /// <summary>Behind TLS.</summary>
    public static ConnectionDelegate Inside(ConnectionDelegate next) => connection =>
    {
        connection.Features.Set(new Done());
        return next(connection);
    };

    private sealed record Done;
}
