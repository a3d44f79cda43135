using Microsoft.Extensions.Logging;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.FrontEnd;
using MRNet.Imaging.Nats.Worker;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Tests.Jobs.Contract;

[assembly: AssemblyFixture(typeof(MRNet.Imaging.Nats.Tests.NatsServer))]

namespace MRNet.Imaging.Nats.Tests;

/// <summary>The engine of a front end, as a test wants it: short leases, quick comparing.</summary>
internal static class Engine
{
    public static NatsOptions Options(string url, string prefix) => new()
    {
        Urls = url,
        Prefix = prefix,
        Lease = TimeSpan.FromSeconds(3),
        Stall = TimeSpan.FromSeconds(60),
        Reconcile = TimeSpan.FromSeconds(1),
        InBytes = 512 << 20,
        OutBytes = 512 << 20,
    };

    /// <param name="also">Ended with it.</param>
    public static async Task<Started> StartAsync(ServerParts front, NatsOptions options, Func<Task>? also = null)
    {
        var link = new NatsLink(options, front.Options.QueueLimit, "test", ErrorLog.Factory);
        var models = new ModelShelf(new ModelStore(), "cpu", TimeProvider.System, elsewhere: true);
        var engine = new NatsJobEngine(link, front.Store, front.Results, front.Front, models, front.Measures, options, front.Options, front.Time, ErrorLog.Factory.CreateLogger<NatsJobEngine>());
        await engine.StartAsync(CancellationToken.None);
        return new(front, engine, async () =>
        {
            if (also is not null)
                await also();
            await engine.StopAsync(CancellationToken.None);
            engine.Dispose();
            await link.DisposeAsync();
        },
        () => Started.Until(async () => (await link.Stream.GetStreamAsync(link.Names.JobStream)).Info.State.Messages == engine.Queued + engine.Running));
    }

    /// <summary>What is in the engine, for a test to look at.</summary>
    public static NatsLink Look(NatsOptions options) => new(options, queueLimit: null, "test", ErrorLog.Factory);

    /// <summary>A worker in this process.</summary>
    /// <returns>What stops it.</returns>
    public static Func<Task> Work(NatsOptions options, IVolumeRunner runner, WorkerOptions? how = null)
    {
        var stop = new CancellationTokenSource();
        var worker = new NatsWorker(options, how ?? new(), runner, TimeProvider.System, Guid.NewGuid, _ => { }, ErrorLog.Factory);
        var working = Task.Run(() => worker.RunAsync(stop.Token));
        return async () =>
        {
            await stop.CancelAsync();
            await working;
            await worker.DisposeAsync();
            stop.Dispose();
        };
    }
}
