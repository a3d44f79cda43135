using System.Collections.Concurrent;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Settings;
using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using NATS.Client.ObjectStore;
using NATS.NKeys;

namespace MRNet.Imaging.Nats.Connection;

/// <summary>
/// The connection to NATS with the stream, buckets and keys of the engine. A front end makes them when they are not there: a
/// server that lost its disk gets them again. A worker takes what it finds.
/// </summary>
internal sealed class NatsLink : IAsyncDisposable
{
    private static readonly TimeSpan KeepIn = TimeSpan.FromDays(2);
    private static readonly TimeSpan KeepOut = TimeSpan.FromDays(7);

    private readonly NatsOptions options;
    private readonly int? queueLimit;
    private readonly ConcurrentDictionary<string, INatsJSConsumer> consumers = new();
    private volatile Rooms? rooms;

    /// <param name="name">Who we are, for the server's own lists.</param>
    /// <param name="queueLimit">Messages of the job stream, at most; null for a worker.</param>
    /// <param name="log">Where the client says why it cannot connect.</param>
    public NatsLink(NatsOptions options, int? queueLimit, string name, ILoggerFactory log)
    {
        (this.options, this.queueLimit) = (options, queueLimit);
        Names = new(options.Prefix);
        Connection = new NatsConnection(Opts(options, name) with { LoggerFactory = log });
        Stream = new NatsJSContext(Connection);
    }

    /// <summary>Looks whether the files of the settings can be read.</summary>
    /// <exception cref="WrongSettingException">One cannot, or is none of its kind.</exception>
    public static void Check(NatsOptions options) => Opts(options, "");

    public Names Names { get; }

    public NatsConnection Connection { get; }

    public NatsJSContext Stream { get; }

    public bool IsOpen => Connection.ConnectionState == NatsConnectionState.Open;

    /// <exception cref="NatsException">The server is away, or refuses; a worker finds nothing.</exception>
    public async Task<Rooms> RoomsAsync(CancellationToken cancellation) => rooms ?? await (queueLimit is { } limit ? MakeAsync(limit, cancellation) : FindAsync(cancellation));

    /// <summary>The durable consumer of a lane, which all workers of the pool share; known once <see cref="RoomsAsync"/> has answered.</summary>
    public INatsJSConsumer ConsumerOf(string lane) => consumers[lane];

    /// <summary>Subjects of the messages that a stream holds.</summary>
    public async Task<IEnumerable<string>> SubjectsAsync(string stream, string filter, CancellationToken cancellation) =>
        (await Stream.GetStreamAsync(stream, new StreamInfoRequest { SubjectsFilter = filter }, cancellation)).Info.State.Subjects?.Keys ?? Enumerable.Empty<string>();

    /// <summary>Deletes an object with its name: of that alone the server would keep a mark, for days.</summary>
    public async Task DeleteAsync(INatsObjStore bucket, string name, CancellationToken cancellation)
    {
        try
        {
            await bucket.DeleteAsync(name, cancellation);
        }
        catch (NatsObjNotFoundException)
        {
            // it is gone already
        }

        await Stream.PurgeStreamAsync(Names.StreamOf(bucket.Bucket), new StreamPurgeRequest { Filter = Names.ObjectOf(bucket.Bucket, name) }, cancellation);
    }

    /// <summary>Looks for all of it anew the next time it is needed.</summary>
    public void Forget() => rooms = null;

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private async Task<Rooms> FindAsync(CancellationToken cancellation)
    {
        foreach (var lane in Names.Lanes)
            consumers[lane] = await Stream.GetConsumerAsync(Names.JobStream, ConsumerName(lane), cancellation);
        var objects = new NatsObjContext(Stream);
        var keys = new NatsKVContext(Stream);
        return rooms = new(
            await objects.GetObjectStoreAsync(Names.InBucket, cancellation),
            await objects.GetObjectStoreAsync(Names.OutBucket, cancellation),
            await keys.GetStoreAsync(Names.CommitBucket, cancellation),
            await keys.GetStoreAsync(Names.StateBucket, cancellation));
    }

    private async Task<Rooms> MakeAsync(int limit, CancellationToken cancellation)
    {
        await Stream.CreateOrUpdateStreamAsync(Jobs(limit), cancellation);
        foreach (var lane in Names.Lanes)
            consumers[lane] = await Stream.CreateOrUpdateConsumerAsync(Names.JobStream, Consumer(lane), cancellation);
        var objects = new NatsObjContext(Stream);
        var keys = new NatsKVContext(Stream);
        return rooms = new(
            await objects.CreateObjectStoreAsync(Bucket(Names.InBucket, options.InBytes, KeepIn), cancellation),
            await objects.CreateObjectStoreAsync(Bucket(Names.OutBucket, options.OutBytes, KeepOut), cancellation),
            await keys.CreateStoreAsync(Keys(Names.CommitBucket), cancellation),
            await keys.CreateStoreAsync(Keys(Names.StateBucket), cancellation));
    }

    private StreamConfig Jobs(int limit) => new(Names.JobStream, [Names.AllJobs])
    {
        Retention = StreamConfigRetention.Workqueue,
        Storage = StreamConfigStorage.File,
        Discard = StreamConfigDiscard.New,
        MaxMsgs = limit,
        DuplicateWindow = TimeSpan.FromMinutes(10),
        NumReplicas = options.Replicas,
    };

    private string ConsumerName(string lane) => $"{lane}-{options.Pool}";

    /// <summary>One filter each: several need server 2.10. Deliveries are counted by the workers, who say why they give up.</summary>
    private ConsumerConfig Consumer(string lane) => new(ConsumerName(lane))
    {
        AckPolicy = ConsumerConfigAckPolicy.Explicit,
        AckWait = options.Lease,
        MaxDeliver = -1,
        MaxAckPending = 1000,
        FilterSubject = Names.JobsOf(lane, options.Pool),
    };

    /// <summary>The age removes what a writer killed in the middle of an object left.</summary>
    private NatsObjConfig Bucket(string name, long bytes, TimeSpan age) => new(name)
    {
        MaxBytes = bytes,
        MaxAge = age,
        Storage = NatsObjStorageType.File,
        NumberOfReplicas = options.Replicas,
    };

    private NatsKVConfig Keys(string name) => new(name) { MaxAge = KeepOut, Storage = NatsKVStorageType.File, NumberOfReplicas = options.Replicas };

    private static NatsOpts Opts(NatsOptions options, string name) => NatsOpts.Default with
    {
        Url = options.Urls,
        Name = name,
        RetryOnInitialConnect = true, // off by default: a worker started before its server would die
        MaxReconnectRetry = -1,
        ReconnectWaitMin = TimeSpan.FromMilliseconds(200),
        ReconnectWaitMax = TimeSpan.FromSeconds(2),
        PingInterval = TimeSpan.FromSeconds(10), // a host that is dead is noticed after half a minute, not after minutes
        SubPendingChannelCapacity = 4096,
        AuthOpts = Credentials(options.CredentialsFile),
        TlsOpts = Tls(options),
    };

    /// <summary>A .creds file, or the seed of an nkey on a line of its own, from which the public key follows.</summary>
    private static NatsAuthOpts Credentials(string? file)
    {
        if (file is null)
            return NatsAuthOpts.Default;
        var text = Text(file, "Nats:CredentialsFile");
        if (text.Contains("BEGIN NATS USER JWT", StringComparison.Ordinal))
            return NatsAuthOpts.Default with { CredsFile = file };
        try
        {
            var seed = text.Split('\n', StringSplitOptions.TrimEntries).FirstOrDefault(line => line.StartsWith("SU", StringComparison.Ordinal)) ?? "";
            using var pair = KeyPair.FromSeed(seed);
            return NatsAuthOpts.Default with { NKey = pair.GetPublicKey(), Seed = seed };
        }
        catch (Exception error) when (error is NKeysException or ArgumentException or FormatException or IndexOutOfRangeException)
        {
            throw new WrongSettingException("Nats:CredentialsFile holds neither; expected a .creds file of NATS, or an nkey seed (it begins with SU).", error);
        }
    }

    private static NatsTlsOpts Tls(NatsOptions options)
    {
        foreach (var (file, setting) in new[] { (options.TlsCa, "Nats:TlsCa"), (options.TlsCert, "Nats:TlsCert"), (options.TlsKey, "Nats:TlsKey") })
            if (file is not null)
                Text(file, setting);
        return NatsTlsOpts.Default with
        {
            CaFile = options.TlsCa,
            CertFile = options.TlsCert,
            KeyFile = options.TlsKey,
            Mode = options.TlsCa is null ? TlsMode.Auto : TlsMode.Require,
        };
    }

    private static string Text(string file, string setting)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WrongSettingException($"{setting} names {file}, which cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>Where images, results and what became of jobs lie.</summary>
/// <param name="In">Images, by job id.</param>
/// <param name="Out">Results, by job id, attempt and a draw.</param>
/// <param name="Commits">The result of each job: the first that was named wins.</param>
/// <param name="States">Jobs that were cancelled or failed.</param>
internal sealed record Rooms(INatsObjStore In, INatsObjStore Out, INatsKVStore Commits, INatsKVStore States);
