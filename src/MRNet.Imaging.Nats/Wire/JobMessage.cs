using System.Text.Json;

namespace MRNet.Imaging.Nats.Wire;

/// <summary>A job on its way to a worker: what is asked, and which image. No name, no owner, no source.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Request">A SegmentRequest without source and reading options, as bytes.</param>
/// <param name="WeightsSha256">Of the model's file where the job was accepted: a worker with another one refuses.</param>
/// <param name="FeatureKey">Under which a worker keeps what other weights need; the same for the same image and model.</param>
/// <param name="MaxRun">A run that takes longer is broken off.</param>
internal sealed record JobMessage(string Id, byte[] Request, string WeightsSha256, string FeatureKey, TimeSpan MaxRun)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <exception cref="JsonException">It is none.</exception>
    public static JobMessage Of(byte[]? bytes) => JsonSerializer.Deserialize<JobMessage>(bytes ?? []) ?? throw new JsonException("null");
}

/// <summary>Progress of a job.</summary>
/// <param name="Attempt">Which run of it speaks.</param>
/// <param name="Event">An Event as bytes.</param>
internal sealed record JobNews(int Attempt, byte[] Event)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static JobNews Of(byte[]? bytes) => JsonSerializer.Deserialize<JobNews>(bytes ?? []) ?? throw new JsonException("null");
}

/// <summary>Which object is the result of a job.</summary>
internal sealed record JobCommit(string Object, int Attempt)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static JobCommit Of(byte[]? bytes) => JsonSerializer.Deserialize<JobCommit>(bytes ?? []) ?? throw new JsonException("null");
}

/// <summary>How a job ended without a result.</summary>
/// <param name="Failure">Null for a cancelled one.</param>
internal sealed record JobEnd(Server.Jobs.JobFailure? Failure)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static JobEnd Of(byte[]? bytes) => JsonSerializer.Deserialize<JobEnd>(bytes ?? []) ?? throw new JsonException("null");
}
