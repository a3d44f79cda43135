using System.Globalization;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Results;
using MRNet.Imaging.Server.Security;
using MRNet.Imaging.Server.Sessions;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Services;

/// <summary>The wire in front of jobs, uploads and models: messages in, messages out, no imaging.</summary>
[Authorize(nameof(Rights.Segment))]
internal sealed class SegmentationService(
    IJobEngine engine, JobMaking making, UploadReading reading, ModelShelf models, UploadLimits uploadLimits, JobOptions jobOptions, ImageSources sources, IFileSystem files, ImageSessions sessions, IReweighting reweighting,
    Security.Caller caller, AuditTrail audit, ArchiveList archives, SeriesFetch fetch, ExportQueue exports, TimeProvider time)
    : Protocol.V1.Segmentation.SegmentationBase
{
    private const int PageLimit = 100;

    private string Owner => caller.Owner;

    public override Task<Protocol.V1.Server> GetServer(GetServerRequest request, ServerCallContext context) => Task.FromResult(new Protocol.V1.Server
    {
        Version = typeof(SegmentationService).Assembly.GetName().Version!.ToString(3),
        Limits = new Limits
        {
            MessageBytes = MessageBytes,
            ChunkBytes = MessageBytes / 4,
            UploadBytes = (ulong)uploadLimits.MaxBytes,
            UploadFiles = (uint)uploadLimits.MaxFiles,
            UploadsPerCaller = (uint)uploadLimits.AtOncePerCaller,
            QueuePerCaller = (uint)jobOptions.QueuePerCaller,
        },
        Caller = new() { Name = caller.Name, Role = caller.RoleName, MaySegment = caller.May(Rights.Segment), MayExport = caller.May(Rights.Export) },
        Pacs = { archives.Names },
        Roots = { sources.Roots },
        Dicomweb = { fetch.Names },
        Device = models.Device,
    });

    /// <summary>Bytes of one message, at most.</summary>
    public const int MessageBytes = 4 << 20;

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) => Task.FromResult(new ListModelsResponse
    {
        Models =
        {
            models.List()
                .Where(model => request.Modality.Length == 0 || model.Descriptor.Modalities.Contains(request.Modality))
                .Select(model => Summaries.Of(model.Descriptor, models.IsReady(model.Descriptor.Id), models.HashOf(model.Descriptor.Id))),
        },
    });

    public override async Task<UploadReply> Upload(IAsyncStreamReader<UploadChunk> requestStream, ServerCallContext context)
    {
        var upload = await reading.ReadAsync(requestStream, Owner, context.CancellationToken);
        audit.Imported(upload.Id);
        return reading.Reply(upload);
    }

    public override Task Segment(SegmentRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context) =>
        RunAsync(making.Make(request, Owner), new(responseStream, ""), default, context.CancellationToken);

    public override async Task SegmentUpload(IAsyncStreamReader<SegmentUploadChunk> requestStream, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        if (!await reading.FirstAsync(requestStream, context.CancellationToken) || requestStream.Current.Request is not { } request)
            throw new InvalidImageException("The stream has no request at its beginning; expected a SegmentRequest as the first message.");
        if (request.Source is not null)
            throw new InvalidImageException("request.source is set; expected none, the images follow in the stream.");
        var upload = await reading.ReadAsync(requestStream, Owner, context.CancellationToken);
        audit.Imported(upload.Id);
        request.Source = new Source { UploadId = upload.Id };
        await RunAsync(making.Make(request, Owner), new(responseStream, ""), default, context.CancellationToken);
    }

    public override Task<Job> Submit(SegmentRequest request, ServerCallContext context) =>
        Task.FromResult(JobMessages.Of(engine.Submit(making.Make(request, Owner)), engine, exports));

    public override async Task Watch(WatchRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var stream = new EventStream(responseStream, request.JobId);
        var job = await WatchAsync(Find(request.JobId), stream, context.CancellationToken);
        ThrowUnlessDone(job);
        foreach (var sent in exports.Of(job.Id).Where(one => one.State == ExportState.Sent))
            await stream.WriteAsync(new() { Sent = new() { Pacs = sent.Pacs, SopUid = sent.SopUid } }, context.CancellationToken);
        await stream.WriteAsync(ResultOf(job).Done(), context.CancellationToken);
    }

    public override async Task GetResult(GetResultRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var job = Find(request.JobId);
        ThrowUnlessDone(job);
        await SendAsync(job, request.Outputs, new EventStream(responseStream, job.Id), default, context.CancellationToken);
    }

    /// <summary>Maps for a screen are answered from what is kept; files, which may be kept, and what nobody keeps are a job's.</summary>
    public override async Task Reweight(ReweightRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var asked = making.RequestOf(request, Owner);
        var (job, stream) = (Find(request.SessionId), new EventStream(responseStream, request.SessionId));
        var isForScreen = !request.Outputs.Any(ObjectEncoder.Knows);
        if (isForScreen && await reweighting.TryAnswerAsync(job, asked, request, stream, context.CancellationToken))
            return;
        await RunAsync(making.Make(asked, Owner), stream, (request.ClientSequence, isForScreen || sessions.Find(job) is null), context.CancellationToken);
    }

    public override Task<Job> Cancel(CancelRequest request, ServerCallContext context)
    {
        var job = Find(request.JobId);
        if (!engine.Cancel(job.Id))
            throw new NotReadyException($"The job is {job.Status.ToString().ToUpperInvariant()}; expected one that waits or runs.");
        return Task.FromResult(JobMessages.Of(Find(job.Id), engine, exports));
    }

    public override Task<ListResponse> List(ListRequest request, ServerCallContext context)
    {
        var size = request.PageSize == 0 ? 20 : (int)Math.Min(request.PageSize, PageLimit);
        var skip = 0;
        if (request.PageToken.Length > 0 && !int.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out skip))
            throw new InvalidImageException("page_token is none of a ListResponse; expected nothing for the first page.");
        if (request.Everyones && !caller.May(Rights.AllJobs))
            throw new NotAllowedException($"everyones is set, and the role '{caller.RoleName}' sees its own jobs only; leave it unset.");
        var jobs = engine.List(request.Everyones ? null : Owner, [.. request.States.Select(JobMessages.Of)], skip, size + 1);
        return Task.FromResult(new ListResponse
        {
            Jobs = { jobs.Take(size).Select(job => JobMessages.Of(job, engine, exports)) },
            NextPageToken = jobs.Count > size ? (skip + size).ToString(CultureInfo.InvariantCulture) : "",
        });
    }

    /// <summary>The export is stored before anything is said; it goes on when the caller leaves.</summary>
    [Authorize(nameof(Rights.Export))]
    public override async Task Export(ExportRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        var job = Find(request.JobId);
        var archive = archives.Find(request.Pacs);
        ThrowUnlessDone(job);
        var asked = exports.Add(job, archive.Name, request.Outputs);
        var stream = new EventStream(responseStream, job.Id);
        await new ExportAnswer(exports, stream, job.Id, archive.Name, asked.Select(one => one.SopUid).ToHashSet()).RunAsync(time, context.CancellationToken);
        await stream.WriteAsync(ResultOf(job).Done(), context.CancellationToken);
    }

    public override Task<ReleaseReply> Release(ReleaseRequest request, ServerCallContext context)
    {
        sessions.Release(Find(request.SessionId));
        return Task.FromResult(new ReleaseReply());
    }

    /// <summary>Runs a job that belongs to the call: when the caller leaves, it is cancelled.</summary>
    private async Task RunAsync(StoredJob job, EventStream stream, (ulong Sequence, bool Recomputed) question, CancellationToken cancellation)
    {
        var submitted = engine.Submit(job, Lane.Interactive);
        stream.GoOnWith(submitted.Id);
        try
        {
            var ended = await WatchAsync(submitted, stream, cancellation);
            ThrowUnlessDone(ended);
            await SendAsync(ended, [], stream, question, cancellation);
        }
        catch when (cancellation.IsCancellationRequested)
        {
            engine.Cancel(submitted.Id);
            throw;
        }
    }

    /// <summary>The present state, then progress until the end.</summary>
    private async Task<StoredJob> WatchAsync(StoredJob job, EventStream stream, CancellationToken cancellation)
    {
        if (!job.HasEnded)
            await stream.WriteAsync(new Event { Progress = engine.ProgressOf(job) }, cancellation);
        await foreach (var said in engine.WatchAsync(job.Id, cancellation))
            await stream.WriteAsync(said.Clone(), cancellation);
        return engine.Find(job.Id) ?? throw new NotHereException("The job has expired; segment again.");
    }

    private async Task SendAsync(StoredJob job, IReadOnlyCollection<Output> outputs, EventStream stream, (ulong Sequence, bool Recomputed) question, CancellationToken cancellation)
    {
        audit.Fetched(job.Id);
        foreach (var said in ResultOf(job).Read(outputs))
        {
            if (said.Done is { } done)
                (done.ClientSequence, done.Recomputed) = question;
            await stream.WriteAsync(said, cancellation);
        }
    }

    private ResultFolder ResultOf(StoredJob job) => engine.ResultFolder(job) is { } folder
        ? new ResultFolder(folder, files)
        : throw new NotHereException("The job's result has expired; segment again.");

    /// <summary>Another's job does not exist, for those who may not see all.</summary>
    private StoredJob Find(string id) => engine.Find(id) is { } job && (job.Owner == Owner || caller.May(Rights.AllJobs))
        ? job
        : throw new NotHereException("job_id names no job of this caller; expected one of List.");

    private static void ThrowUnlessDone(StoredJob job)
    {
        if (job.Failure is { } failure)
            throw ErrorInterceptor.Of(failure);
        if (job.Status == JobStatus.Cancelled)
            throw new RpcException(new Status(StatusCode.Cancelled, "The job was cancelled."));
        if (job.Status != JobStatus.Done)
            throw new NotReadyException($"The job is {job.Status.ToString().ToUpperInvariant()}; expected DONE: Watch it until it is.");
    }
}
