using System.Diagnostics;
using System.Globalization;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Jobs.Contract;

namespace MRNet.Imaging.Nats.TestWorker;

/// <summary>Does what the model's name says: "sleep-300" takes 300 ms, told in slices of 20; "die" kills its process; "stuck" says nothing and goes on.</summary>
internal sealed class SleepingRunner : IVolumeRunner
{
    private const int SliceMs = 20;

    public SegmentationResult Run(JobWork work, Action<Event> report, CancellationToken cancellation)
    {
        var model = work.Request.ModelId;
        switch (model)
        {
            case "die":
                Say(work, report, 1, 2);
                Process.GetCurrentProcess().Kill();
                break;
            case "stuck":
                cancellation.WaitHandle.WaitOne();
                break;
            default:
                var slices = int.Parse(model["sleep-".Length..], CultureInfo.InvariantCulture) / SliceMs;
                var clock = Stopwatch.StartNew();
                for (var slice = 0; slice < slices; slice++)
                {
                    cancellation.WaitHandle.WaitOne(Math.Max(0, (int)(((slice + 1) * SliceMs) - clock.ElapsedMilliseconds))); // what one oversleeps the next makes good
                    cancellation.ThrowIfCancellationRequested();
                    Say(work, report, slice + 1, slices);
                }

                break;
        }

        cancellation.ThrowIfCancellationRequested();
        return StubResult.Of(work.Volume, model);
    }

    private static void Say(JobWork work, Action<Event> report, int done, int of) =>
        report(new Event { JobId = work.JobId, Progress = new Progress { Stage = Stage.Running, Done = (uint)done, Total = (uint)of } });
}
