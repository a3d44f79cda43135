namespace MRNet.Imaging.Server.Jobs;

/// <summary>Whether somebody waits for a job.</summary>
public enum Lane
{
    /// <summary>A call is open for it: it comes first.</summary>
    Interactive,

    /// <summary>It is asked for later.</summary>
    Batch,
}

/// <summary>
/// Jobs that wait, bounded; those that somebody waits for first. In each lane a turn for each caller: one who sends a thousand
/// does not keep the others waiting.
/// </summary>
public sealed class FairQueue(JobOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private readonly LinkedList<(string Owner, Queue<string> Jobs)>[] lanes = [new(), new()];
    private readonly SemaphoreSlim waiting = new(0);

    public int Count
    {
        get
        {
            using var _ = gate.EnterScope();
            return lanes.Sum(CountOf);
        }
    }

    public void Dispose() => waiting.Dispose();

    /// <summary>Looks whether a job would have a place.</summary>
    /// <exception cref="ResourceLimitException">The queue, or the caller's share of it, is full.</exception>
    public void CheckPlace(string owner)
    {
        using var _ = gate.EnterScope();
        if (lanes.Sum(CountOf) is var all && all >= options.QueueLimit)
            throw new ResourceLimitException($"The queue has {all} jobs; expected fewer than {options.QueueLimit}: try again later.");
        if (lanes.Sum(turns => turns.FirstOrDefault(turn => turn.Owner == owner).Jobs?.Count ?? 0) is var mine && mine >= options.QueuePerCaller)
            throw new ResourceLimitException($"The queue has {mine} jobs of this caller; expected fewer than {options.QueuePerCaller}: wait for one to end.");
    }

    /// <summary>Takes a job whatever the limits say: it has been accepted.</summary>
    public void Add(string owner, string job, Lane lane = Lane.Batch)
    {
        using (gate.EnterScope())
        {
            var turns = lanes[(int)lane];
            var turn = turns.FirstOrDefault(turn => turn.Owner == owner);
            if (turn.Jobs is null)
                turns.AddLast(turn = (owner, new()));
            turn.Jobs.Enqueue(job);
        }

        waiting.Release();
    }

    /// <summary>The next job; waits until there is one.</summary>
    public async Task<string> TakeAsync(CancellationToken cancellation)
    {
        await waiting.WaitAsync(cancellation);
        using var _ = gate.EnterScope();
        var turns = lanes.First(turns => turns.Count > 0);
        var turn = turns.First!.Value;
        turns.RemoveFirst();
        var job = turn.Jobs.Dequeue();
        if (turn.Jobs.Count > 0)
            turns.AddLast(turn);
        return job;
    }

    /// <summary>Takes out a job that need not run; nothing happens when it does not wait.</summary>
    public void Remove(string job)
    {
        using var _ = gate.EnterScope();
        if (lanes.FirstOrDefault(turns => turns.Any(turn => turn.Jobs.Contains(job))) is not { } turns || !waiting.Wait(0))
            return; // a runner is just taking it
        var turn = turns.First(turn => turn.Jobs.Contains(job));
        string[] rest = [.. turn.Jobs.Where(other => other != job)];
        turn.Jobs.Clear();
        foreach (var other in rest)
            turn.Jobs.Enqueue(other);
        if (rest.Length == 0)
            turns.Remove(turn);
    }

    /// <summary>How many jobs are taken before this one if no other comes; null when it does not wait.</summary>
    public int? Position(string owner, string job)
    {
        using var _ = gate.EnterScope();
        var before = 0;
        foreach (var turns in lanes)
        {
            if (PositionIn(turns, owner, job) is { } position)
                return before + position;
            before += CountOf(turns);
        }

        return null;
    }

    private static int CountOf(LinkedList<(string Owner, Queue<string> Jobs)> turns) => turns.Sum(turn => turn.Jobs.Count);

    private static int? PositionIn(LinkedList<(string Owner, Queue<string> Jobs)> turns, string owner, string job)
    {
        var place = turns.FirstOrDefault(turn => turn.Owner == owner).Jobs?.ToList().IndexOf(job) ?? -1;
        if (place < 0)
            return null;

        // A round takes one job of each caller; those whose turn is before the owner's are taken once more.
        var earlier = turns.TakeWhile(turn => turn.Owner != owner).Sum(turn => Math.Min(turn.Jobs.Count, place + 1));
        var later = turns.SkipWhile(turn => turn.Owner != owner).Skip(1).Sum(turn => Math.Min(turn.Jobs.Count, place));
        return earlier + place + later;
    }
}
