using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Client;

/// <summary>How a server is reached, beside its address.</summary>
public sealed record ConnectionOptions
{
    /// <summary>An API key or access token, sent as <c>authorization: Bearer</c>; null for none. It goes over https, or to this computer.</summary>
    public string? Token { get; init; }

    /// <summary>A PEM file with the certificates that vouch for the server's; null: those that this computer trusts.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The certificate by which the server knows this client, with its chain: PEM, or PKCS #12 (.pfx, .p12); null for none. It goes over https.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>Its private key, PEM; null when the certificate's file holds it.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>A file with the password of the key or of the PKCS #12 file; null when there is none.</summary>
    public string? ClientPasswordFile { get; init; }

    /// <summary>How often a call with an idempotency key is tried again when the server is away: after 1, 2, 4, ... up to 30 s.</summary>
    [Range(0, 100)]
    public int Retries { get; init; } = 5;

    /// <summary>What the waits are counted on.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
