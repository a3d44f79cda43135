using System.Globalization;

namespace MRNet.Imaging.Server.Audit;

/// <summary>An audit message as syslog carries it (RFC 5424, PS3.15 A.6).</summary>
internal static class SyslogMessage
{
    private const int SecurityFacility = 10;
    private const int Warning = 4;
    private const int Notice = 5;

    /// <param name="xml">The audit message, without a line break.</param>
    public static string Of(string xml, AuditOutcome outcome, DateTimeOffset at, string host, int process) => string.Create(CultureInfo.InvariantCulture,
        $"<{SecurityFacility * 8 + (outcome == AuditOutcome.Success ? Notice : Warning)}>1 {at.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {host} mrnet {process} DICOM+RFC3881 - \uFEFF{xml}");
}
