using Microsoft.Extensions.Time.Testing;

namespace MRNet.Imaging.Server.Tests;

/// <summary>A clock that somebody sets: the time of day jumps, the monotonic clock does not.</summary>
internal sealed class SettableClock() : FakeTimeProvider(Some.Noon)
{
    /// <summary>How far the time of day was set.</summary>
    public TimeSpan Set { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Set;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
