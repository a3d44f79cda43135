using MRNet.Imaging.Server.Jobs;
using NATS.Client.Core;
using NATS.Client.JetStream;

namespace MRNet.Imaging.Nats.Worker;

/// <summary>Tells the engine again and again that a job is still ours, as long as it advances.</summary>
internal sealed class Lease : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly TaskCompletionSource stalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider time;
    private readonly Task extending;
    private long last;

    public Lease(INatsJSMsg<byte[]> message, NatsOptions options, TimeProvider time)
    {
        (this.time, last) = (time, time.GetTimestamp());
        extending = Task.Run(() => ExtendAsync(message, options));
    }

    /// <summary>Completes when nothing has advanced for too long: the job is no longer ours then.</summary>
    public Task Stalled => stalled.Task;

    /// <summary>It advances.</summary>
    public void Touch() => Interlocked.Exchange(ref last, time.GetTimestamp());

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await extending;
        stop.Dispose();
    }

    private async Task ExtendAsync(INatsJSMsg<byte[]> message, NatsOptions options)
    {
        using var timer = new PeriodicTimer(options.Lease / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token))
                if (time.GetElapsedTime(Interlocked.Read(ref last)) > options.Stall)
                {
                    stalled.SetResult();
                    return;
                }
                else
                    await TryExtendAsync(message);
        }
        catch (OperationCanceledException)
        {
            // the job has ended
        }
    }

    private async Task TryExtendAsync(INatsJSMsg<byte[]> message)
    {
        try
        {
            await message.AckProgressAsync(cancellationToken: stop.Token);
        }
        catch (NatsException)
        {
            // the server is away: it may come back before the lease ends
        }
    }
}
