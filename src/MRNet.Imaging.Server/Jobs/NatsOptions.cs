using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Server.Jobs;

/// <summary>How NATS is reached and used, for Jobs:Engine nats; the same for the front ends and workers of one site.</summary>
public sealed record NatsOptions
{
    /// <summary>Servers, separated by commas: <c>nats://host:4222</c> or <c>tls://host:4222</c>.</summary>
    [RegularExpression(@"(nats|tls)://[^\s,]+(,(nats|tls)://[^\s,]+)*", ErrorMessage = "nats://HOST or tls://HOST, several separated by commas")]
    public string Urls { get; init; } = "nats://127.0.0.1:4222";

    /// <summary>A NATS .creds file, or one with an nkey seed; null for none. Secrets come from files only.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>Authority that signed the server's certificate, PEM; with it TLS is demanded.</summary>
    public string? TlsCa { get; init; }

    /// <summary>Our own certificate, PEM, with <see cref="TlsKey"/>.</summary>
    public string? TlsCert { get; init; }

    /// <summary>Private key of <see cref="TlsCert"/>, PEM.</summary>
    public string? TlsKey { get; init; }

    /// <summary>How many servers keep each message: 1, or 3 in a cluster of three or more.</summary>
    [Range(1, 5)]
    public int Replicas { get; init; } = 1;

    /// <summary>Begins the names of all streams, buckets and subjects; several sites may share a server.</summary>
    [RegularExpression("[a-z][a-z0-9-]{0,31}", ErrorMessage = "small letters, digits and dashes")]
    public string Prefix { get; init; } = "mrnet";

    /// <summary>Which workers take a job: those of its pool.</summary>
    [RegularExpression("[a-z0-9][a-z0-9-]{0,31}", ErrorMessage = "small letters, digits and dashes")]
    public string Pool { get; init; } = "all";

    /// <summary>Bytes of images that wait in the engine, at most; then no job is taken. The server sets them aside: its <c>max_file_store</c> must hold both.</summary>
    [Range(1, long.MaxValue)]
    public long InBytes { get; init; } = 10L << 30;

    /// <summary>Bytes of results that wait to be fetched, at most.</summary>
    [Range(1, long.MaxValue)]
    public long OutBytes { get; init; } = 10L << 30;

    /// <summary>A worker that says nothing for so long has lost its job, which another one takes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A worker whose slices do not advance for so long gives its job up and ends, with exit code 70.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>How often a front end compares its jobs with what the engine knows of them.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Reconcile { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Images decoded, and results written, at once in a front end: each takes the memory of its image meanwhile.</summary>
    [Range(1, 64)]
    public int AtOnce { get; init; } = 2;
}
