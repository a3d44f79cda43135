using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.FrontEnd;
using MRNet.Imaging.Nats.Wire;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Tests.Jobs.Contract;
using MRNet.Imaging.Tests;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>
/// Jobs over a real nats-server to worker processes that sleep: how the throughput grows with the workers, what queueing adds
/// to a job, what a thousand waiting jobs and a payload of 200 MB take of the front end's memory. Argument: milliseconds a job sleeps.
/// </summary>
internal static class ScaleBenchmark
{
    private const int JobsPerWorker = 20;

    public static void Run(string[] args) => RunAsync(args is [var ms, ..] ? int.Parse(ms) : 500).GetAwaiter().GetResult();

    private static async Task RunAsync(int sleepMs)
    {
        var folder = Directory.CreateTempSubdirectory("mrnet-scale-").FullName;
        var url = FormattableString.Invariant($"nats://127.0.0.1:{FreePort.One()}");
        using var nats = StartServer(folder, url);
        try
        {
            Console.WriteLine($"{Machine.Describe()}; load before {Machine.Load()}");
            foreach (var workers in new[] { 1, 2, 4 })
                await ThroughputAsync(folder, url, workers, sleepMs);
            await OverheadAsync(folder, url);
            await ManyWaitingAsync(folder, url);
            await PayloadAsync(url);
            Console.WriteLine($"load after {Machine.Load()}");
        }
        finally
        {
            nats.Kill();
            nats.WaitForExit();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task ThroughputAsync(string folder, string url, int workers, int sleepMs)
    {
        await using var site = await Site.StartAsync(Path.Combine(folder, $"w{workers}"), url, $"w{workers}", workers);
        await site.DoneAsync(workers * 2, "sleep-20"); // everything is compiled
        var count = workers * JobsPerWorker;
        var seconds = await site.DoneAsync(count, FormattableString.Invariant($"sleep-{sleepMs}"));
        Console.WriteLine(FormattableString.Invariant(
            $"{workers} workers, {count} jobs of {sleepMs} ms: {count / seconds:0.00} jobs/s, {count * sleepMs / 1000.0 / seconds:0.000} x workers; {(seconds * workers / count * 1000) - sleepMs:0} ms more a job than it sleeps; load {Machine.Load()}"));
    }

    /// <summary>Jobs that do nothing, one worker.</summary>
    private static async Task OverheadAsync(string folder, string url)
    {
        await using var site = await Site.StartAsync(Path.Combine(folder, "empty"), url, "empty", 1);
        await site.DoneAsync(20, "sleep-0");
        const int count = 200;
        var seconds = await site.DoneAsync(count, "sleep-0");
        Console.WriteLine(FormattableString.Invariant($"{count} jobs that do nothing, one worker: {seconds / count * 1000:0.0} ms each, from accepted to a result on the disk; load {Machine.Load()}"));
    }

    private static async Task ManyWaitingAsync(string folder, string url)
    {
        await using var site = await Site.StartAsync(Path.Combine(folder, "waiting"), url, "waiting", 0);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 1000; i++)
            site.Submit("sleep-0");
        while (await site.InStreamAsync() < 1000)
            await Task.Delay(50);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant($"1000 jobs wait, all published after {clock.Elapsed.TotalSeconds:0.0} s: the front end's process has {self.WorkingSet64 / 1e6:0} MB; load {Machine.Load()}"));
    }

    private static async Task PayloadAsync(string url)
    {
        await using var link = new NatsLink(Site.Options(url, "payload"), 10, "bench", NullLoggerFactory.Instance);
        var rooms = await link.RoomsAsync(CancellationToken.None);
        var volume = new Volume(new Grid(500, 500, 200), new float[50_000_000]);
        for (var i = 0; i < volume.Samples.Length; i++)
            volume.Samples[i] = i % 4096;
        GC.Collect();
        Machine.ResetPeak();
        var before = Machine.PeakMb();

        var clock = Stopwatch.StartNew();
        using (var payload = VolumePayload.Read(volume))
            await rooms.In.PutAsync("payload", payload, leaveOpen: true);
        var (there, put) = (clock.Elapsed, Machine.PeakMb() - before);

        Machine.ResetPeak();
        before = Machine.PeakMb();
        clock.Restart();
        var back = await VolumePayload.WriteAsync(async to => await rooms.In.GetAsync("payload", to, leaveOpen: true), null);
        var (here, got) = (clock.Elapsed, Machine.PeakMb() - before - 200e6 / (1 << 20));
        Console.WriteLine(FormattableString.Invariant(
            $"an image of 200 MB there in {there.TotalSeconds:0.0} s with {put:0} MB more, back in {here.TotalSeconds:0.0} s with {got:0} MB beside the image itself; equal: {back.Samples.AsSpan().SequenceEqual(volume.Samples)}; load {Machine.Load()}"));
    }

    private static Process StartServer(string folder, string url)
    {
        File.WriteAllText(Path.Combine(folder, "nats.conf"), $$"""
            listen: "{{url["nats://".Length..]}}"
            jetstream { store_dir: "{{folder}}/nats", max_file_store: 20GB }
            """);
        return Process.Start(new ProcessStartInfo("nats-server", ["-c", Path.Combine(folder, "nats.conf"), "-l", Path.Combine(folder, "nats.log")]))!;
    }

    /// <summary>A front end in this process, and workers in others.</summary>
    private sealed class Site(ServerParts front, NatsLink link, NatsJobEngine engine, Process[] workers) : IAsyncDisposable
    {
        public static NatsOptions Options(string url, string prefix) => new() { Urls = url, Prefix = prefix, InBytes = 1L << 30, OutBytes = 1L << 30 };

        public static async Task<Site> StartAsync(string folder, string url, string prefix, int count)
        {
            var options = Options(url, prefix);
            var front = new ServerParts(folder, new JobOptions { QueuePerCaller = 1000 });
            var link = new NatsLink(options, front.Options.QueueLimit, "bench", NullLoggerFactory.Instance);
            await link.RoomsAsync(CancellationToken.None);
            var engine = new NatsJobEngine(link, front.Store, front.Results, front.Front, new ModelShelf(new ModelStore(), "cpu", TimeProvider.System, elsewhere: true), front.Measures, options, front.Options, front.Time, NullLogger<NatsJobEngine>.Instance);
            await engine.StartAsync(CancellationToken.None);
            var worker = Path.Combine(AppContext.BaseDirectory, "MRNet.Imaging.Nats.TestWorker.dll");
            return new(front, link, engine, [.. Enumerable.Range(0, count).Select(_ => Process.Start(new ProcessStartInfo("dotnet", [worker, url, prefix, "30", "300"]) { RedirectStandardOutput = true })!)]);
        }

        public string Submit(string model) => engine.Submit(front.Job(model: model)).Id;

        public async Task<long> InStreamAsync() => (await link.Stream.GetStreamAsync(link.Names.JobStream)).Info.State.Messages;

        /// <returns>Seconds from the first that is accepted to the last that is done.</returns>
        public async Task<double> DoneAsync(int count, string model)
        {
            StoredJob[] jobs = [.. Enumerable.Range(0, count).Select(_ => front.Job(model: model))]; // uploads are not measured
            var clock = Stopwatch.StartNew();
            foreach (var job in jobs)
                engine.Submit(job);
            while (jobs.Any(job => engine.Find(job.Id) is { HasEnded: false }))
                await Task.Delay(5);
            return jobs.All(job => engine.Find(job.Id)!.Status == JobStatus.Done) ? clock.Elapsed.TotalSeconds : throw new InvalidOperationException("A job failed.");
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var worker in workers)
            {
                worker.Kill();
                await worker.WaitForExitAsync();
            }

            await engine.StopAsync(CancellationToken.None);
            engine.Dispose();
            await link.DisposeAsync();
            front.Dispose();
        }
    }
}
