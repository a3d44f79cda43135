using System.Net;

namespace MRNet.Dicom.Network;

/// <summary>What a listener is called, whom it takes calls from, and how much it takes.</summary>
public sealed record DicomListenerOptions
{
    /// <summary>Our AE title; callers that ask for another are refused.</summary>
    public string AeTitle { get; init; } = "MRNET";

    /// <summary>Further titles that we answer to.</summary>
    public IReadOnlyCollection<string> OtherAeTitles { get; init; } = [];

    /// <summary>Take calls whatever title they ask for.</summary>
    public bool AnyCalledAe { get; init; }

    /// <summary>Where it listens; this computer alone by default.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free one.</summary>
    public int Port { get; init; } = 11112;

    /// <summary>Who may call; null for everyone.</summary>
    public IReadOnlyList<CallerRule>? Callers { get; init; }

    /// <summary>Speak TLS only; null for plain connections only.</summary>
    public TlsSettings? Tls { get; init; }

    /// <summary>Take objects of SOP classes that are not known here too.</summary>
    public bool Promiscuous { get; init; }

    /// <summary>Associations at once; further ones are told to come again.</summary>
    public int MaximumAssociations { get; init; } = 25;

    /// <summary>The longest P-DATA unit, in bytes; longer ones are refused before they are read.</summary>
    public int MaximumPdu { get; init; } = 256 * 1024;

    /// <summary>The largest object, in bytes.</summary>
    public long MaximumObjectBytes { get; init; } = 4L << 30;

    /// <summary>Until a connection has asked for its association, TLS included.</summary>
    public TimeSpan AssociationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long an association may say nothing.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Force each object to the disk before it is acknowledged: a power cut loses nothing that a sender has forgotten.</summary>
    public bool Flush { get; init; } = true;

    /// <summary>Told of refused and broken connections: reasons and addresses, no values of objects.</summary>
    public Action<string>? Note { get; init; }
}
