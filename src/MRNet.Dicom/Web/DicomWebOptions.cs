using System.Net.Http.Headers;
using System.Text;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <summary>How a DICOMweb server is called.</summary>
public sealed record DicomWebOptions
{
    /// <summary>Sent as <c>Authorization</c>; null for none. See <see cref="Bearer"/> and <see cref="Basic"/>.</summary>
    public AuthenticationHeaderValue? Credentials { get; init; }

    /// <summary>Send credentials unencrypted to another computer too.</summary>
    public bool AllowPlainCredentials { get; init; }

    /// <summary>Authorities and certificate for https; null for the system's.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>Until a connection stands.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until an answer begins, and between its pieces.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often a call that only reads is tried again after a failure that may pass.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>The first wait before a retry; doubled each time, at most to a minute, and up to a quarter longer.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest JSON answer, in bytes.</summary>
    public long MaximumJsonBytes { get; init; } = 256 << 20;

    /// <summary>The largest object or frame, in bytes.</summary>
    public long MaximumObjectBytes { get; init; } = 4L << 30;

    /// <summary>Matches asked for in one call.</summary>
    public int PageSize { get; init; } = 500;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static AuthenticationHeaderValue Bearer(string token) => new("Bearer", token);

    public static AuthenticationHeaderValue Basic(string userAndPassword) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(userAndPassword)));
}
