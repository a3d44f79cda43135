namespace MRNet.Imaging.Server.Sessions;

/// <summary>A few places, and a turn for each caller in getting one: who asks a hundred times does not keep the others waiting.</summary>
internal sealed class FairPlaces(int places)
{
    private readonly Lock gate = new();
    private readonly LinkedList<(string Owner, Queue<TaskCompletionSource> Waiting)> turns = [];
    private int free = places;

    /// <summary>Waits for a place; <see cref="Leave"/> gives it back.</summary>
    public async Task EnterAsync(string owner, CancellationToken cancellation)
    {
        if (Wait(owner) is not { } mine)
            return;
        using var _ = cancellation.Register(() => mine.TrySetCanceled(cancellation));
        await mine.Task;
    }

    public void Leave()
    {
        using var _ = gate.EnterScope();
        while (turns.First is { Value: var turn })
        {
            turns.RemoveFirst();
            var next = turn.Waiting.Dequeue();
            if (turn.Waiting.Count > 0)
                turns.AddLast(turn);
            if (next.TrySetResult()) // not one who has left
                return;
        }

        free++;
    }

    /// <returns>Null when a place was free.</returns>
    private TaskCompletionSource? Wait(string owner)
    {
        using var _ = gate.EnterScope();
        if (free > 0)
        {
            free--;
            return null;
        }

        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var turn = turns.FirstOrDefault(turn => turn.Owner == owner);
        if (turn.Waiting is null)
            turns.AddLast(turn = (owner, new()));
        turn.Waiting.Enqueue(mine);
        return mine;
    }
}
