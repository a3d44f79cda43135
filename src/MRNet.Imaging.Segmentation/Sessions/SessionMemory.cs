namespace MRNet.Imaging.Segmentation;

/// <summary>
/// What is kept of images so that the next question about one needs less work: a bound in bytes for all of them, the one
/// not asked for longest goes first, and each goes after a time. Whatever is gone is computed again; nothing fails for it.
/// </summary>
/// <typeparam name="TKey">What a session is found by.</typeparam>
/// <typeparam name="TImage">The image as its owner needs it.</typeparam>
public sealed class SessionMemory<TKey, TImage> : IDisposable
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, Kept> sessions = [];
    private readonly SessionCount count = new();
    private readonly long limit;
    private readonly TimeSpan idle;
    private readonly TimeProvider time;
    private readonly ITimer tidying;

    /// <param name="limit">Bytes of images, features and maps, at most.</param>
    /// <param name="idle">What is not asked for so long is dropped.</param>
    public SessionMemory(long limit, TimeSpan idle, TimeProvider time)
    {
        (this.limit, this.idle, this.time) = (limit, idle, time);
        var often = TimeSpan.FromTicks(Math.Clamp(idle.Ticks / 4, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute));
        tidying = time.CreateTimer(_ => Tidy(), null, often, often);
    }

    /// <summary>Slices whose features were there, since the start.</summary>
    public long Hits => count.Hits;

    /// <summary>Slices whose features had to be computed, since the start.</summary>
    public long Misses => count.Misses;

    /// <summary>Bytes kept now.</summary>
    public long Bytes
    {
        get
        {
            using var _ = gate.EnterScope();
            return sessions.Values.Sum(kept => kept.Session.Memory.Bytes);
        }
    }

    /// <summary>Sessions kept now.</summary>
    public int Count
    {
        get
        {
            using var _ = gate.EnterScope();
            return sessions.Count;
        }
    }

    /// <returns>Null when nothing is kept.</returns>
    public Session<TImage>? Find(TKey key)
    {
        using var _ = gate.EnterScope();
        if (!sessions.TryGetValue(key, out var kept) || IsOld(kept))
            return null;
        sessions[key] = kept with { Asked = time.GetTimestamp() };
        return kept.Session;
    }

    /// <summary>Whether anything is kept; it does not count as asking for it.</summary>
    public bool Holds(TKey key)
    {
        using var _ = gate.EnterScope();
        return sessions.TryGetValue(key, out var kept) && !IsOld(kept);
    }

    /// <summary>Begins a session in place of an earlier one of the same key. One too large to be kept works all the same.</summary>
    /// <param name="bytes">Of the image.</param>
    public Session<TImage> Add(TKey key, TImage image, long bytes)
    {
        var session = new Session<TImage>(image, new SliceMemory(count, (memory, wanted) => MakeRoom(key, memory, wanted)));
        using var _ = gate.EnterScope();
        Drop(key);
        sessions[key] = new(session, time.GetTimestamp());
        if (!session.Memory.Reserve(bytes))
            Drop(key);
        return session;
    }

    /// <summary>Frees what is kept now; who is computing with it goes on without.</summary>
    public void Release(TKey key)
    {
        using var _ = gate.EnterScope();
        Drop(key);
    }

    public void Dispose()
    {
        tidying.Dispose();
        using var _ = gate.EnterScope();
        foreach (var key in sessions.Keys.ToArray())
            Drop(key);
    }

    private void Tidy()
    {
        using var _ = gate.EnterScope();
        foreach (var (key, _) in sessions.Where(pair => IsOld(pair.Value)).ToArray())
            Drop(key);
    }

    /// <summary>Drops others, the one not asked for longest first, until there is room for a session's wish.</summary>
    /// <returns>False when there is none, or the session is kept no more.</returns>
    private bool MakeRoom(TKey key, SliceMemory memory, long wanted)
    {
        using var _ = gate.EnterScope(); // it may be entered again by its own thread
        if (!sessions.TryGetValue(key, out var kept) || kept.Session.Memory != memory || memory.Bytes + wanted > limit)
            return false;
        while (Bytes + wanted > limit)
            Drop(sessions.Where(pair => pair.Value.Session.Memory != memory).MinBy(pair => pair.Value.Asked).Key);
        return memory.Grow(wanted);
    }

    private bool IsOld(Kept kept) => time.GetElapsedTime(kept.Asked) >= idle;

    private void Drop(TKey key)
    {
        if (sessions.Remove(key, out var kept))
            kept.Session.Memory.Dispose();
    }

    private readonly record struct Kept(Session<TImage> Session, long Asked);
}

/// <summary>An image, and what is kept of it.</summary>
public sealed record Session<TImage>(TImage Image, SliceMemory Memory);

/// <summary>How often what was kept helped.</summary>
internal sealed class SessionCount
{
    private long hits;
    private long misses;

    public long Hits => Interlocked.Read(ref hits);

    public long Misses => Interlocked.Read(ref misses);

    public void Add(int found, int missed)
    {
        Interlocked.Add(ref hits, found);
        Interlocked.Add(ref misses, missed);
    }
}
