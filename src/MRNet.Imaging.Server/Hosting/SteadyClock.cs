namespace MRNet.Imaging.Server.Hosting;

/// <summary>
/// The time of day as it was at the start, and what has passed since by the monotonic clock: what is kept for a while, or given
/// up after one, is not touched by somebody who sets the clock.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly DateTimeOffset start = time.GetUtcNow();
    private readonly long begun = time.GetTimestamp();

    public DateTimeOffset Now => start + time.GetElapsedTime(begun);
}
