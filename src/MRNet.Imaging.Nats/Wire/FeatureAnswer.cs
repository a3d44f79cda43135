using System.Text.Json;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Nats.Wire;

/// <summary>A reply to a question to whoever holds the features of an image. Nothing set: it is still computing.</summary>
/// <param name="Event">Progress, an Event as bytes.</param>
/// <param name="Object">The result's name in its bucket: the last reply.</param>
/// <param name="Failure">Why there is none: the last reply.</param>
/// <param name="IsGone">The features were dropped meanwhile: the last reply.</param>
internal sealed record FeatureAnswer(byte[]? Event = null, string? Object = null, JobFailure? Failure = null, bool IsGone = false)
{
    /// <summary>Nobody answered, or no more, for so long: it is computed anew.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    public static FeatureAnswer Of(byte[]? bytes) => JsonSerializer.Deserialize<FeatureAnswer>(bytes ?? []) ?? throw new JsonException("null");
}
