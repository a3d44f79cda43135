namespace MRNet.Imaging.Server.Jobs;

/// <summary>Jobs that wait, bounded, a turn for each caller: one who sends a thousand does not keep the others waiting.</summary>
public sealed class FairQueue(JobOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private readonly LinkedList<(string Owner, Queue<string> Jobs)> turns = [];
    private readonly SemaphoreSlim waiting = new(0);

    public int Count
    {
        get
        {
            using var _ = gate.EnterScope();
            return turns.Sum(turn => turn.Jobs.Count);
        }
    }

    public void Dispose() => waiting.Dispose();

    /// <summary>Looks whether a job would have a place.</summary>
    /// <exception cref="ResourceLimitException">The queue, or the caller's share of it, is full.</exception>
    public void CheckPlace(string owner)
    {
        using var _ = gate.EnterScope();
        if (turns.Sum(turn => turn.Jobs.Count) is var all && all >= options.QueueLimit)
            throw new ResourceLimitException($"The queue has {all} jobs; expected fewer than {options.QueueLimit}: try again later.");
        if (turns.FirstOrDefault(turn => turn.Owner == owner).Jobs?.Count is { } mine && mine >= options.QueuePerCaller)
            throw new ResourceLimitException($"The queue has {mine} jobs of this caller; expected fewer than {options.QueuePerCaller}: wait for one to end.");
    }

    /// <summary>Takes a job whatever the limits say: it has been accepted.</summary>
    public void Add(string owner, string job)
    {
        using (gate.EnterScope())
        {
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
        if (turns.FirstOrDefault(turn => turn.Jobs.Contains(job)) is not { Jobs: { } jobs } turn || !waiting.Wait(0))
            return; // a runner is just taking it
        string[] rest = [.. jobs.Where(other => other != job)];
        jobs.Clear();
        foreach (var other in rest)
            jobs.Enqueue(other);
        if (rest.Length == 0)
            turns.Remove(turn);
    }

    /// <summary>How many jobs are taken before this one if no other comes; null when it does not wait.</summary>
    public int? Position(string owner, string job)
    {
        using var _ = gate.EnterScope();
        var place = turns.FirstOrDefault(turn => turn.Owner == owner).Jobs?.ToList().IndexOf(job) ?? -1;
        if (place < 0)
            return null;

        // A round takes one job of each caller; those whose turn is before the owner's are taken once more.
        var earlier = turns.TakeWhile(turn => turn.Owner != owner).Sum(turn => Math.Min(turn.Jobs.Count, place + 1));
        var later = turns.SkipWhile(turn => turn.Owner != owner).Skip(1).Sum(turn => Math.Min(turn.Jobs.Count, place));
        return earlier + place + later;
    }
}
