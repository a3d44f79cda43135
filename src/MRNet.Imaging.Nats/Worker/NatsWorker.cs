using System.Diagnostics.Metrics;
using System.Threading.Channels;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Observability;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace MRNet.Imaging.Nats.Worker;

/// <summary>
/// Takes jobs from the engine and computes them, one after the other, until it is told to stop. The next one is computed while
/// the result of the last is on its way: a device does not wait for the network.
/// </summary>
public sealed partial class NatsWorker : IAsyncDisposable
{
    /// <summary>Exit code of a worker whose job does not advance: whoever started it starts it again.</summary>
    public const int StalledExitCode = 70;

    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);

    private readonly NatsLink link;
    private readonly NatsOptions nats;
    private readonly CancelCalls cancels;
    private readonly FeatureHolder features;
    private readonly WorkerJob work;
    private readonly Meter meter = new(ServerMetrics.MeterName);
    private readonly Action<string> tell;
    private readonly ILogger log;
    private string? away;

    /// <summary>A job may have come, or have been given back.</summary>
    private readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <param name="newId">Where names of results come from.</param>
    /// <param name="tell">Told in a line what it does.</param>
    public NatsWorker(NatsOptions nats, WorkerOptions options, IVolumeRunner runner, TimeProvider time, Func<Guid> newId, Action<string> tell, ILoggerFactory logs)
    {
        (this.nats, this.tell, log) = (nats, tell, logs.CreateLogger<NatsWorker>());
        link = new(nats, queueLimit: null, "mrnet worker", logs);
        cancels = new(link);
        features = new(link, runner, cancels, options, time, newId, log);
        work = new(link, nats, options, runner, cancels, features, time, newId, tell, log);
        meter.CreateObservableCounter("features.hits", () => features.Count.Hits, "{slice}", "Slices whose features were kept.");
        meter.CreateObservableCounter("features.misses", () => features.Count.Misses, "{slice}", "Slices whose features had to be computed.");
    }

    /// <summary>Works until it is told to stop; a job it has begun it ends.</summary>
    /// <returns>The exit code: 0, or <see cref="StalledExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        tell($"Looks for jobs of pool '{nats.Pool}' on {nats.Urls}.");
        using var listening = new CancellationTokenSource();
        var hearing = Task.WhenAll(ForeverAsync(cancels.ListenAsync, listening.Token), ForeverAsync(ListenAsync, listening.Token));
        var last = Task.FromResult(true);
        try
        {
            while (!stop.IsCancellationRequested && (!last.IsCompleted || await last))
                if (await NextAsync(stop) is { } message)
                    last = await ComputedAsync(message, last);
                else
                    await WaitAsync(stop);
            if (!await last)
                return StalledExitCode;
        }
        finally
        {
            await listening.CancelAsync();
            await hearing;
        }

        tell("Stopped.");
        return 0;
    }

    public async ValueTask DisposeAsync()
    {
        meter.Dispose();
        features.Dispose();
        await link.DisposeAsync();
    }

    /// <summary>Waits until a job is computed and the one before it has ended.</summary>
    /// <returns>The end of the job: false when one of the two does not advance.</returns>
    private async Task<Task<bool>> ComputedAsync(INatsJSMsg<byte[]> message, Task<bool> last)
    {
        var computed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var job = work.RunAsync(message, computed.SetResult);
        await Task.WhenAny(computed.Task, job);
        return await last ? job : last;
    }

    /// <summary>The next job: one that somebody waits for before all others.</summary>
    private async Task<INatsJSMsg<byte[]>?> NextAsync(CancellationToken stop)
    {
        try
        {
            await link.RoomsAsync(stop);
            away = null;
            using var patience = new CancellationTokenSource(AnswerWithin); // without one it waits long for a server that died over it
            foreach (var lane in Names.Lanes)
                await foreach (var message in link.ConsumerOf(lane).FetchNoWaitAsync<byte[]>(new NatsJSFetchOpts { MaxMsgs = 1 }, cancellationToken: patience.Token))
                    return message;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // told to stop
        }
        catch (Exception error) when (error is NatsException or OperationCanceledException)
        {
            if (away != error.Message)
                LogAway(away = error.Message);
            link.Forget(); // what was there may be gone, until a front end makes it again
        }

        return null;
    }

    /// <summary>Jobs are plain messages too: one that is published wakes all who wait. One that is given back is found by looking.</summary>
    private async Task ListenAsync(CancellationToken stop)
    {
        await foreach (var _ in link.Connection.SubscribeAsync<byte[]>(link.Names.JobsOf(nats.Pool), cancellationToken: stop))
            wake.Writer.TryWrite(true);
    }

    private async Task WaitAsync(CancellationToken stop)
    {
        using var soon = CancellationTokenSource.CreateLinkedTokenSource(stop);
        soon.CancelAfter(LookAgain);
        try
        {
            await wake.Reader.ReadAsync(soon.Token);
        }
        catch (OperationCanceledException)
        {
            // look again, or stop
        }
    }

    private static async Task ForeverAsync(Func<CancellationToken, Task> listen, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
            try
            {
                await listen(stop);
            }
            catch (Exception error) when (error is NatsException or OperationCanceledException)
            {
                await Task.Delay(LookAgain, stop).ContinueWith(_ => { }, TaskScheduler.Default);
            }
    }

    [LoggerMessage(1, LogLevel.Warning, "The engine does not give out jobs: {Reason}")]
    private partial void LogAway(string reason);
}
