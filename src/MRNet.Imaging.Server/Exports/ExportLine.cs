using Microsoft.Data.Sqlite;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Archives;

namespace MRNet.Imaging.Server.Exports;

/// <summary>
/// Sends what waits for one archive until it has answered for each instance. What fails for a while is tried again, later
/// each time; what is refused is parked with the reason. An archive that is away holds up no other.
/// </summary>
/// <param name="fileOf">The file of an instance; null when its result is gone.</param>
/// <param name="said">Told after each change.</param>
internal sealed partial class ExportLine(
    Archive archive, ExportStore store, Func<StoredExport, string?> fileOf, ExportOptions options, TimeProvider time, Random random, ILogger log, Action<StoredExport> said) : IDisposable
{
    private readonly SemaphoreSlim news = new(0);
    private int failures;

    public void Dispose() => news.Dispose();

    /// <summary>There is more to send: at once, also to an archive that was away.</summary>
    public void Wake() => news.Release();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var left = await TryAsync(cancellation);
            failures = left is null ? 0 : failures + 1;
            var wait = left is null ? Timeout.InfiniteTimeSpan : options.Wait(failures, random.NextDouble());
            if (left is var (count, why))
                LogWaits(archive.Name, count, wait.TotalSeconds, why);
            await NewsAsync(wait, cancellation);
        }
    }

    /// <summary>One try of all that waits; a disk that is full may have room at the next. What the archive took and we could not record is sent once more, and is the same instance.</summary>
    private async Task<(int Count, string Why)?> TryAsync(CancellationToken cancellation)
    {
        try
        {
            return await SendAsync(store.Pending(archive.Name), cancellation);
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            return (1, $"The server's own disk is full or broken: {error.Message}");
        }
    }

    private async Task NewsAsync(TimeSpan wait, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(wait, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        try
        {
            await news.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // time to try again
        }

        while (news.Wait(0, CancellationToken.None))
        {
            // one round sends it all
        }
    }

    /// <summary>One try of each.</summary>
    /// <returns>How many are to be tried again and why the first of them failed; null for none.</returns>
    private async Task<(int Count, string Why)?> SendAsync(IReadOnlyList<StoredExport> waiting, CancellationToken cancellation)
    {
        (int Count, string Why)? left = null;
        foreach (var batch in waiting.Chunk(options.AtOnce))
        {
            if (await SendBatchAsync(batch, cancellation) is not var (count, why, isAway))
                continue;
            left = ((left?.Count ?? 0) + count, left?.Why ?? why);
            if (isAway)
                return (waiting.Count, why); // the next batch would fare no better
        }

        return left;
    }

    private async Task<(int Count, string Why, bool IsAway)?> SendBatchAsync(StoredExport[] batch, CancellationToken cancellation)
    {
        var open = Open(batch);
        (int, string, bool)? left = null;
        try
        {
            var objects = open.Values.Select(one => one.Object).ToList(); // of its own: what is answered leaves `open`
            if (objects.Count == 0)
                return null;
            await foreach (var result in archive.SendAsync(objects, cancellation))
            {
                open.Remove(result.Object.SopInstance, out var sent);
                if (!Settle(sent.Export, result.Status))
                    left = ((left?.Item1 ?? 0) + 1, CodeOf(result.Status), false);
            }
        }
        catch (DicomException error) // also a file that cannot be read now
        {
            var isTransient = error is not DicomNetworkException { IsTransient: false };
            foreach (var (export, _) in open.Values)
                Failed(export, isTransient, error.Message);
            if (isTransient)
                return (open.Count + (left?.Item1 ?? 0), error.Message, true);
            LogRefused(archive.Name, open.Count, error.Message);
        }

        return left;
    }

    /// <summary>The instances of a batch with their files, by SOP Instance UID; what has none is parked.</summary>
    private Dictionary<string, (StoredExport Export, OutgoingObject Object)> Open(StoredExport[] batch)
    {
        var open = new Dictionary<string, (StoredExport, OutgoingObject)>();
        foreach (var export in batch)
        {
            try
            {
                if (fileOf(export) is { } path)
                    open[export.SopUid] = (export, OutgoingObject.FromFile(path));
                else
                    Park(export, "The job's result is gone; segment again.");
            }
            catch (DicomException error)
            {
                Failed(export, isTransient: true, error.Message);
            }
        }

        return open;
    }

    /// <returns>False when it is to be tried again.</returns>
    private bool Settle(StoredExport export, DicomStatus status)
    {
        if (status.IsStored)
        {
            store.Sent(export);
            said(export);
            return true;
        }

        if (!status.IsTransient)
            LogRefused(archive.Name, 1, CodeOf(status));
        return Failed(export, status.IsTransient, $"{archive.Name} answers {status}.");
    }

    /// <returns>True when it is parked.</returns>
    private bool Failed(StoredExport export, bool isTransient, string reason)
    {
        var isOver = time.GetUtcNow() - export.Asked >= options.GiveUp;
        if (isTransient && !isOver)
        {
            store.Tried(export, reason);
            said(export);
            return false;
        }

        Park(export, isOver ? $"Tried for {options.GiveUp.TotalHours:0} h: {reason}" : reason);
        return true;
    }

    private void Park(StoredExport export, string reason)
    {
        store.Park(export, reason);
        said(export);
    }

    /// <summary>Without the archive's own words, which may name a patient.</summary>
    private static string CodeOf(DicomStatus status) => (status with { Comment = "" }).ToString();

    [LoggerMessage(1, LogLevel.Warning, "Export to {Pacs}: {Count} objects wait, the next try is in {Seconds:0} s. The first says: {Why}")]
    private partial void LogWaits(string pacs, int count, double seconds, string why);

    [LoggerMessage(2, LogLevel.Warning, "Export to {Pacs}: {Count} objects are refused and parked: {Why}")]
    private partial void LogRefused(string pacs, int count, string why);
}
