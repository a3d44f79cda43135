using Grpc.Core;
using Grpc.Net.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Client;

/// <summary>
/// A segmentation server from C#: <c>using var client = MrnetClient.Connect("http://127.0.0.1:50051"); var answer = await
/// client.SegmentAsync(files, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule" });</c> Errors arrive as the library's own
/// exceptions, as if it had been computed here.
/// </summary>
public sealed class MrnetClient : IDisposable
{
    private readonly GrpcChannel channel;
    private readonly Retries retries;
    private readonly TimeProvider time;

    private MrnetClient(GrpcChannel channel, ConnectionOptions options)
    {
        (this.channel, retries, time) = (channel, new(options), options.Time);
        Raw = new(channel);
    }

    /// <summary>All calls of the wire, with its own exceptions.</summary>
    public Segmentation.SegmentationClient Raw { get; }

    /// <param name="address">http://host:port, https://host:port</param>
    /// <exception cref="InvalidImageException">No such address can be.</exception>
    public static MrnetClient Connect(string address, ConnectionOptions? options = null) => new(Channels.To(address, options ?? new()), options ?? new());

    public void Dispose() => channel.Dispose();

    /// <summary>What the server is, its limits, and what this caller may do.</summary>
    public Task<Server> GetServerAsync(CancellationToken cancellation = default) => Told(async () => await Raw.GetServerAsync(new(), cancellationToken: cancellation), cancellation);

    /// <param name="modality">Only models for it; empty for all.</param>
    public Task<IReadOnlyList<Model>> ListModelsAsync(string modality = "", CancellationToken cancellation = default) =>
        Told(async () => (IReadOnlyList<Model>)(await Raw.ListModelsAsync(new() { Modality = modality }, cancellationToken: cancellation).ConfigureAwait(false)).Models, cancellation);

    /// <summary>Sends files, lets the server segment them, and collects the answer. The job ends with the call: cancelled here is cancelled there.</summary>
    /// <param name="files">Paths; of NIfTI and pictures one.</param>
    /// <param name="request">Without a source.</param>
    /// <param name="events">Told progress and warnings as they come, that of the sending first.</param>
    /// <exception cref="ImagingException">As the server says.</exception>
    public Task<Answer> SegmentAsync(
        IReadOnlyList<string> files, ImageKind kind, SegmentRequest request, IProgress<Event>? events = null, CancellationToken cancellation = default) => Told(async () =>
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            using var call = Raw.SegmentUpload(cancellationToken: stop.Token);
            var sending = SendAsync(call.RequestStream, request, files, kind, events, stop.Token);
            _ = sending.ContinueWith(_ => stop.Cancel(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default); // the server would wait for the rest
            try
            {
                return await CollectAsync(call.ResponseStream, events, stop.Token).ConfigureAwait(false);
            }
            catch (Exception error) when (error is RpcException or OperationCanceledException && sending.IsFaulted)
            {
                await sending.ConfigureAwait(false); // a file that could not be read is why, or the connection
                throw;
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }, cancellation);

    /// <summary>The same for images that the server has: an upload, a shared folder, a session.</summary>
    public Task<Answer> SegmentAsync(SegmentRequest request, IProgress<Event>? events = null, CancellationToken cancellation = default) =>
        AnswerAsync(() => Raw.Segment(request, cancellationToken: cancellation), events, cancellation);

    /// <summary>Sends files for later requests, which name them by <see cref="UploadReply.UploadId"/>.</summary>
    public Task<UploadReply> UploadAsync(IReadOnlyList<string> files, ImageKind kind, IProgress<Event>? events = null, CancellationToken cancellation = default) =>
        Told(() => SendAsync(files, kind, events, cancellation), cancellation);

    /// <summary>
    /// Sends files and asks for a job that outlives the connection. With an idempotency key it is tried again while the server
    /// is away, and never runs twice.
    /// </summary>
    public Task<Job> SubmitAsync(IReadOnlyList<string> files, ImageKind kind, SegmentRequest request, IProgress<Event>? events = null, CancellationToken cancellation = default) =>
        Told(() => retries.RunAsync(Key(request), async () =>
        {
            var upload = await SendAsync(files, kind, events, cancellation).ConfigureAwait(false);
            var named = new SegmentRequest(request) { Source = new() { UploadId = upload.UploadId } };
            return await Raw.SubmitAsync(named, cancellationToken: cancellation).ConfigureAwait(false);
        }, cancellation), cancellation);

    /// <summary>The same for images that the server has.</summary>
    public Task<Job> SubmitAsync(SegmentRequest request, CancellationToken cancellation = default) =>
        Told(() => retries.RunAsync(Key(request), async () => await Raw.SubmitAsync(request, cancellationToken: cancellation), cancellation), cancellation);

    /// <summary>Follows a job to its end; may be called again after a lost connection.</summary>
    /// <exception cref="ImagingException">Why it failed.</exception>
    public Task<Done> WatchAsync(string jobId, IProgress<Event>? events = null, CancellationToken cancellation = default) => Told(async () =>
    {
        using var call = Raw.Watch(new() { JobId = jobId }, cancellationToken: cancellation);
        var last = await LastAsync(call.ResponseStream, events, cancellation).ConfigureAwait(false);
        return last?.Done ?? throw new PeerException("The server stopped telling of the job before its end; ask again.");
    }, cancellation);

    /// <summary>The results of a finished job, again and again until they expire.</summary>
    /// <param name="outputs">None: all it was asked for.</param>
    public Task<Answer> GetResultAsync(string jobId, IEnumerable<Output>? outputs = null, CancellationToken cancellation = default) =>
        AnswerAsync(() => Raw.GetResult(new() { JobId = jobId, Outputs = { outputs ?? [] } }, cancellationToken: cancellation), null, cancellation);

    /// <summary>The caller's own jobs, the newest first, page by page.</summary>
    /// <param name="states">Only jobs in these; none: all.</param>
    public async IAsyncEnumerable<Job> ListAsync(IReadOnlyCollection<JobState>? states = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var request = new ListRequest { PageSize = 100, States = { states ?? [] } };
        do
        {
            var page = await Told(async () => await Raw.ListAsync(request, cancellationToken: cancellation), cancellation).ConfigureAwait(false);
            foreach (var job in page.Jobs)
                yield return job;
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <exception cref="PeerException">It has already ended.</exception>
    public Task<Job> CancelAsync(string jobId, CancellationToken cancellation = default) =>
        Told(async () => await Raw.CancelAsync(new() { JobId = jobId }, cancellationToken: cancellation), cancellation);

    /// <summary>The answer to other weights or another threshold for an image that the server has.</summary>
    /// <param name="early">Told the coarse maps, then those of the slices asked for first, as they arrive.</param>
    /// <returns>The last answer: the refined one, but for a preview.</returns>
    /// <exception cref="ImagingException">As the server says.</exception>
    /// <exception cref="OperationCanceledException">Also when a later client_sequence is answered instead.</exception>
    public Task<Answer> ReweightAsync(
        ReweightRequest request, IProgress<Event>? events = null, IProgress<EarlyMap>? early = null, CancellationToken cancellation = default) =>
        AnswerAsync(() => Raw.Reweight(request, cancellationToken: cancellation), events, cancellation, early);

    /// <summary>Lets the server send a job's DICOM objects to a PACS it knows.</summary>
    /// <param name="pacs">One of <see cref="Server.Pacs"/>.</param>
    /// <returns>What the PACS has confirmed.</returns>
    public Task<IReadOnlyList<Sent>> ExportAsync(
        string jobId, string pacs, IEnumerable<Output>? outputs = null, IProgress<Event>? events = null, CancellationToken cancellation = default) => Told(async () =>
        {
            using var call = Raw.Export(new() { JobId = jobId, Pacs = pacs, Outputs = { outputs ?? [] } }, cancellationToken: cancellation);
            var sent = new List<Sent>();
            await foreach (var said in call.ResponseStream.ReadAllAsync(cancellation).ConfigureAwait(false))
                if (said.Sent is { } confirmed)
                    sent.Add(confirmed);
                else
                    events?.Report(said);
            return (IReadOnlyList<Sent>)sent;
        }, cancellation);

    /// <summary>Frees what the server keeps of an image for other weights.</summary>
    public Task ReleaseAsync(string sessionId, CancellationToken cancellation = default) =>
        Told(async () => await Raw.ReleaseAsync(new() { SessionId = sessionId }, cancellationToken: cancellation), cancellation);

    private static string Key(SegmentRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.IdempotencyKey;
    }

    private async Task<UploadReply> SendAsync(IReadOnlyList<string> files, ImageKind kind, IProgress<Event>? events, CancellationToken cancellation)
    {
        using var call = Raw.Upload(cancellationToken: cancellation);
        return await FileSending.UploadAsync(call, files, kind, events, time, cancellation).ConfigureAwait(false);
    }

    /// <exception cref="RpcException">The connection broke: not all was sent, and the server does not say why.</exception>
    private async Task SendAsync(
        IClientStreamWriter<SegmentUploadChunk> stream, SegmentRequest request, IReadOnlyList<string> files, ImageKind kind, IProgress<Event>? events, CancellationToken stop)
    {
        if (await FileSending.SendAsync(stream, new() { Request = request }, files, kind, header => new SegmentUploadChunk { Header = header }, chunk => new() { Chunk = chunk }, events, stop).ConfigureAwait(false))
            return;
        await Task.Delay(FileSending.Patience, time, stop).ConfigureAwait(false);
        throw FileSending.Broken();
    }

    private static Task<Answer> AnswerAsync(
        Func<AsyncServerStreamingCall<Event>> ask, IProgress<Event>? events, CancellationToken cancellation, IProgress<EarlyMap>? early = null) => Told(async () =>
    {
        using var call = ask();
        return await CollectAsync(call.ResponseStream, events, cancellation, early).ConfigureAwait(false);
    }, cancellation);

    private static async Task<Answer> CollectAsync(IAsyncStreamReader<Event> stream, IProgress<Event>? events, CancellationToken cancellation, IProgress<EarlyMap>? early = null)
    {
        var answer = new AnswerReader(early);
        await foreach (var said in stream.ReadAllAsync(cancellation).ConfigureAwait(false))
            if (said.Progress is not null || said.Warning is not null)
                events?.Report(said);
            else
                answer.Take(said);
        return answer.Complete();
    }

    private static async Task<Event?> LastAsync(IAsyncStreamReader<Event> stream, IProgress<Event>? events, CancellationToken cancellation)
    {
        Event? last = null;
        await foreach (var said in stream.ReadAllAsync(cancellation).ConfigureAwait(false))
        {
            last = said;
            events?.Report(said);
        }

        return last;
    }

    /// <summary>Runs a call; a status becomes the exception it was on the other side.</summary>
    private static async Task<T> Told<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw StatusErrors.Of(error, cancellation);
        }
    }
}
