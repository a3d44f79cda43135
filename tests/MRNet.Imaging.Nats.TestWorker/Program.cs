using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MRNet.Imaging.Nats.TestWorker;
using MRNet.Imaging.Nats.Worker;
using MRNet.Imaging.Server.Jobs;

// A worker process for tests: the real one, around a runner that sleeps. Arguments: URL, prefix, lease and stall in seconds.
using var stop = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var log = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning));

var options = new NatsOptions
{
    Urls = args[0],
    Prefix = args[1],
    Lease = TimeSpan.FromSeconds(double.Parse(args[2], CultureInfo.InvariantCulture)),
    Stall = TimeSpan.FromSeconds(double.Parse(args[3], CultureInfo.InvariantCulture)),
};
await using var worker = new NatsWorker(options, new(), new SleepingRunner(), TimeProvider.System, Guid.NewGuid, Console.WriteLine, log);
var code = await worker.RunAsync(stop.Token);
Environment.Exit(code); // a runner that does not advance would hold the process

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stop.Cancel();
}
