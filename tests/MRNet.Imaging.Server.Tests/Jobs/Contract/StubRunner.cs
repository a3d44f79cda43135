using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

/// <summary>Says that it runs, waits if told to, and gives a <see cref="StubResult"/>.</summary>
internal sealed class StubRunner : IVolumeRunner
{
    private int runs;

    /// <summary>Waited for before the result.</summary>
    public SemaphoreSlim? Gate { get; init; }

    public Exception? Fault { get; init; }

    /// <summary>Released with each run.</summary>
    public SemaphoreSlim Begun { get; } = new(0);

    public int Runs => runs;

    public JobWork? Last { get; private set; }

    public SegmentationResult Run(JobWork work, Action<Event> report, CancellationToken cancellation)
    {
        Interlocked.Increment(ref runs);
        Last = work;
        report(new Event { JobId = work.JobId, Progress = new Progress { Stage = Stage.Running, Done = 1, Total = 2 } });
        Begun.Release();
        Gate?.Wait(cancellation);
        report(new Event { JobId = work.JobId, Progress = new Progress { Stage = Stage.Running, Done = 2, Total = 2 } });
        return Fault is null ? StubResult.Of(work.Volume) : throw Fault;
    }
}
