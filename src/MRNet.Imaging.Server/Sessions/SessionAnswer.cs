using Google.Protobuf.WellKnownTypes;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>One answer on its way: stage after stage is computed, each in the turn of its session, and sent when nobody waits for it.</summary>
internal sealed class SessionAnswer(Workbench bench, StoredJob job, SegmentRequest request, ReweightRequest asked, EventStream stream, CancellationToken cancellation)
{
    private readonly long start = bench.Time.GetTimestamp();
    private readonly AnswerParts parts = new(job.Id, Requests.Outputs(request), asked.Sample);
    private uint done;
    private uint total;

    private double Seconds => bench.Time.GetElapsedTime(start).TotalSeconds;

    public async Task RunAsync()
    {
        var kept = bench.Sessions.Find(job);
        var session = kept ?? await ComputeAsync(Read);
        var misses = session.Memory.Misses;
        var (run, coarse) = await InTurnAsync(session, _ => Begin(session));
        int[] visible = [.. asked.Slices.Select(slice => (int)slice).Where(run.Slices.Contains).Distinct().Order()];
        session.Memory.Prefer(visible.ToHashSet());
        total = (uint)(run.Left + (visible.Length > 0 ? visible.Length : coarse.Left));

        if (asked.Preview || (run.Left > 0 && parts.HasCoarse))
            await SendAsync(session, coarse, visible.Length > 0 ? visible : [.. coarse.Slices]);
        if (!asked.Preview && run.Left > 0 && visible.Length > 0 && visible.Length < run.Box.Slices)
            await SendAsync(session, run, visible);
        if (!asked.Preview)
            await SendWholeAsync(session, run);
        await stream.WriteAsync(new Event { Done = Done(asked.Preview ? coarse : run, kept is null || session.Memory.Misses > misses) }, cancellation);
    }

    private Session<LoadedImage> Read(IProgress<Progress> progress) =>
        bench.Sessions.Begin(job, bench.Sources.Read(job, request, new Decoding(progress), cancellation));

    private (SegmentationRun Run, SegmentationRun Coarse) Begin(Session<LoadedImage> session)
    {
        var model = bench.Models.Get(request.ModelId);
        var (segmenter, volume) = (new Segmenter(model, bench.Time), session.Image.Volume);
        var wanted = Requests.Of(request, volume, model.Descriptor) with { Quality = Imaging.Quality.Full };
        return (segmenter.Begin(volume, wanted, session.Memory), segmenter.Begin(volume, wanted with { Quality = Imaging.Quality.Preview }, session.Memory));
    }

    /// <summary>Some slices by themselves.</summary>
    private async Task SendAsync(Session<LoadedImage> session, SegmentationRun run, int[] slices)
    {
        var events = await InTurnAsync(session, progress =>
        {
            run.Compute(slices, new Running(this, progress), cancellation);
            return parts.Of(session.Image, run, slices, Seconds);
        });
        await SendAsync(events);
    }

    private async Task SendWholeAsync(Session<LoadedImage> session, SegmentationRun run)
    {
        var events = await InTurnAsync(session, progress =>
        {
            run.Compute(run.Slices, new Running(this, progress), cancellation);
            return parts.Of(session.Image, run, Seconds);
        });
        await SendAsync(events);
    }

    private async Task SendAsync(IEnumerable<Event> events)
    {
        foreach (var said in events)
            await stream.WriteAsync(said, cancellation);
    }

    private async Task<T> InTurnAsync<T>(Session<LoadedImage> session, Func<IProgress<Progress>, T> work)
    {
        await session.Memory.Turn.WaitAsync(cancellation);
        try
        {
            return await ComputeAsync(work);
        }
        finally
        {
            session.Memory.Turn.Release();
        }
    }

    private Task<T> ComputeAsync<T>(Func<IProgress<Progress>, T> work) =>
        bench.Questions.ComputeAsync(job.Owner, work, progress => stream.WriteAsync(new Event { Progress = progress }, cancellation), cancellation);

    private Done Done(SegmentationRun run, bool recomputed) => new()
    {
        SessionId = job.Id,
        Expires = job.Expires is { } at ? Timestamp.FromDateTimeOffset(at) : null,
        Seconds = Seconds,
        Recomputed = recomputed,
        Provenance = Summaries.Of(run.Provenance),
        ClientSequence = asked.ClientSequence,
    };

    /// <summary>Slices computed, coarse and refined ones together: it never goes back.</summary>
    private sealed class Running(SessionAnswer answer, IProgress<Progress> progress) : IProgress<SegmentationProgress>
    {
        public void Report(SegmentationProgress value) => progress.Report(new Progress { Stage = Stage.Running, Done = ++answer.done, Total = Math.Max(answer.done, answer.total) });
    }

    private sealed class Decoding(IProgress<Progress> progress) : IProgress<float>
    {
        public void Report(float value) => progress.Report(new Progress { Stage = Stage.Decoding, Done = (uint)(value * 100), Total = 100 });
    }
}
