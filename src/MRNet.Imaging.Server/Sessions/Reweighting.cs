using Grpc.Core;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>
/// Answers to other weights and thresholds, from what is kept of the images: first the coarse answer of the slices a
/// viewer shows, then their refined one, then all of it. What is lost is computed again from the images.
/// </summary>
internal sealed class Reweighting(Workbench bench, JobOptions jobs) : IReweighting
{
    private readonly LatestOnly latest = new();

    public async Task<bool> TryAnswerAsync(StoredJob job, SegmentRequest request, ReweightRequest asked, EventStream stream, CancellationToken cancellation)
    {
        using var place = bench.Questions.Open(job.Owner);
        using var question = latest.Begin(job.Id, asked.ClientSequence, cancellation);
        question.EndAfter(jobs.MaxRun);
        try
        {
            await new SessionAnswer(bench, job, request, asked, stream, question.Cancellation).RunAsync();
            return true;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            question.ThrowIfOvertaken();
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"The answer took longer than {jobs.MaxRun}; segment a region."));
        }
    }
}

/// <summary>What answering needs.</summary>
internal sealed record Workbench(ImageSessions Sessions, Questions Questions, ImageSources Sources, ModelShelf Models, TimeProvider Time);
