namespace MRNet.Dicom.Network;

/// <summary>How we call a peer.</summary>
public sealed record DicomAssociationOptions
{
    /// <summary>Our own AE title.</summary>
    public string CallingAe { get; init; } = "MRNET";

    /// <summary>Until a connection stands, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Until an association is accepted, refused or released.</summary>
    public TimeSpan AssociationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Until the peer answers a request, or takes or sends the next unit of one.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The longest P-DATA unit taken, in bytes.</summary>
    public int MaximumPdu { get; init; } = 256 * 1024;

    /// <summary>The largest object taken by C-GET, in bytes.</summary>
    public long MaximumObjectBytes { get; init; } = 4L << 30;

    /// <summary>Speak TLS; null for a plain connection.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>Who asks, for peers that want it; null sends nothing.</summary>
    public DicomUser? User { get; init; }
}
