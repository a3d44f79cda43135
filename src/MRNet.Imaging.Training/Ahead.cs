using System.Collections.Concurrent;

namespace MRNet.Imaging.Training;

/// <summary>Lets a sequence be made on another thread while its items are used.</summary>
internal static class Ahead
{
    /// <param name="items">Made in order, on one thread.</param>
    /// <param name="count">How many may wait.</param>
    public static IEnumerable<T> Of<T>(IEnumerable<T> items, int count = 2)
    {
        using var stop = new CancellationTokenSource();
        using var ready = new BlockingCollection<T>(count);
        var making = Task.Run(() => Make(items, ready, stop.Token));
        try
        {
            foreach (var item in ready.GetConsumingEnumerable())
                yield return item;
        }
        finally
        {
            stop.Cancel(); // the user may have left early
            making.GetAwaiter().GetResult(); // gives on what making an item threw
        }
    }

    private static void Make<T>(IEnumerable<T> items, BlockingCollection<T> ready, CancellationToken left)
    {
        try
        {
            foreach (var item in items)
                ready.Add(item, left);
        }
        catch (OperationCanceledException) when (left.IsCancellationRequested)
        {
        }
        finally
        {
            ready.CompleteAdding();
        }
    }
}
