using Google.Protobuf;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Sessions;

/// <summary>
/// The sessions of this server. On the wire a session has the id of the job that read its images; jobs of one caller on
/// the same images with the same model share what is kept. After a restart nothing is, and it is computed from the images again.
/// </summary>
internal sealed class ImageSessions(SessionOptions options, TimeProvider time) : IDisposable
{
    private readonly SessionMemory<SessionKey, LoadedImage> memory = new(options.Bytes, options.Idle, time);

    /// <summary>Slices whose features were there, since the start.</summary>
    public long Hits => memory.Hits;

    /// <summary>Slices whose features had to be computed, since the start.</summary>
    public long Misses => memory.Misses;

    /// <summary>Bytes kept now.</summary>
    public long Bytes => memory.Bytes;

    /// <summary>Sessions kept now.</summary>
    public int Count => memory.Count;

    /// <returns>Null when nothing is kept (any more).</returns>
    public Session<LoadedImage>? Find(StoredJob job) => memory.Find(SessionKey.Of(job));

    /// <summary>With an image that was just read: what is kept of another one of the same name is dropped.</summary>
    public Session<LoadedImage> Begin(StoredJob job, LoadedImage image) =>
        Find(job) is { } kept && IsSame(kept.Image.Volume, image.Volume)
            ? kept with { Image = image }
            : memory.Add(SessionKey.Of(job), image, (long)image.Volume.Samples.Length * sizeof(float));

    public void Release(StoredJob job) => memory.Release(SessionKey.Of(job));

    public void Dispose() => memory.Dispose();

    private static bool IsSame(Volume one, Volume other) => one.Grid == other.Grid && one.Samples.AsSpan().SequenceEqual(other.Samples);
}

/// <summary>Whose images, which, how they are read, and with which model they are seen.</summary>
/// <param name="Asked">The request without all that only concerns its answer.</param>
internal sealed record SessionKey(string Owner, ByteString Asked)
{
    public static SessionKey Of(StoredJob job)
    {
        var request = SegmentRequest.Parser.ParseFrom(job.Request);
        return new(job.Owner, new SegmentRequest { ModelId = request.ModelId, Source = request.Source, Options = new() { Reading = request.Options?.Reading } }.ToByteString());
    }
}
