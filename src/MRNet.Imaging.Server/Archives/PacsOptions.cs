using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Archives;

/// <summary>An archive that clients may name, section <c>Pacs:NAME</c> of the settings.</summary>
public sealed record PacsOptions
{
    /// <summary><c>AETITLE@host:port</c> for DIMSE, or the root of a DICOMweb service.</summary>
    [Required]
    public string Address { get; init; } = "";

    /// <summary>Our own AE title; the archive may have to know it.</summary>
    public string CallingAe { get; init; } = "MRNET";

    /// <summary>Speak TLS over DIMSE; https does so by itself, and so does any of the three files below.</summary>
    public bool Tls { get; init; }

    /// <summary>Who may sign the archive's certificate, PEM; null: the system's authorities.</summary>
    public string? TlsAuthority { get; init; }

    /// <summary>Our own certificate, PEM, for archives that ask for one.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>Its private key, PEM.</summary>
    public string? TlsKey { get; init; }

    /// <summary>File with a bearer token for DICOMweb; read for each connection.</summary>
    public string? TokenFile { get; init; }

    /// <summary>File with user:password for DICOMweb; read for each connection.</summary>
    public string? UserFile { get; init; }
}
