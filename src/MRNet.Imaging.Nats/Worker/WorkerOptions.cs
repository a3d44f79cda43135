using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Nats.Worker;

/// <summary>How a worker works.</summary>
public sealed record WorkerOptions
{
    /// <summary>What the settings of a server say of its workers.</summary>
    public static WorkerOptions Of(ServerOptions options) => new() { Attempts = options.Jobs.Attempts, FeatureBytes = options.Sessions.Bytes, FeatureIdle = options.Sessions.Idle };

    /// <summary>How often a job is begun before it counts as the killer of its workers.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Bytes of images, features and maps kept for other weights; 0 keeps nothing.</summary>
    public long FeatureBytes { get; init; } = 1L << 30;

    /// <summary>What is not asked for so long is dropped.</summary>
    public TimeSpan FeatureIdle { get; init; } = TimeSpan.FromMinutes(15);
}
