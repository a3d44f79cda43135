using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace MRNet.Imaging.Segmentation;

/// <summary>What the engine measures of itself; whoever wants it listens to the meter, and it costs nothing while nobody does.</summary>
internal static class EngineMetrics
{
    private static readonly Meter Meter = new("MRNet.Imaging");

    /// <summary>Slices computed, for jobs and for other weights, coarse ones too.</summary>
    public static readonly Counter<long> Slices = Meter.CreateCounter<long>("slices", "{slice}", "Slices computed.");

    /// <summary>Slices, or windows of slices, that go through the network at once.</summary>
    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram("batch.size", "{slice}", "Slices in a batch.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64] });

    private static readonly Histogram<double> LoadTime = Meter.CreateHistogram<double>("model.load.time", "s", "Time to load and check a model.");

    /// <summary>Numbers of the CUDA devices with a model.</summary>
    private static readonly ConcurrentDictionary<int, bool> Devices = new();

    static EngineMetrics() =>
        Meter.CreateObservableGauge("device.memory", Memory, "By", "Memory in use: of this process on the host, of all processes on a GPU, and what is free there.");

    /// <param name="cuda">Number of its GPU; null for cpu.</param>
    public static void Loaded(string model, int? cuda, TimeSpan time)
    {
        LoadTime.Record(time.TotalSeconds, new KeyValuePair<string, object?>("model", model));
        if (cuda is { } number)
            Devices[number] = true;
    }

    private static IEnumerable<Measurement<long>> Memory()
    {
        yield return Of("cpu", "used", Environment.WorkingSet);
        foreach (var number in Devices.Keys)
            if (CudaMemory.Of(number) is { } memory)
            {
                yield return Of($"cuda:{number}", "used", memory.Total - memory.Free);
                yield return Of($"cuda:{number}", "free", memory.Free);
            }
    }

    private static Measurement<long> Of(string device, string kind, long bytes) => new(bytes, [new("device", device), new("kind", kind)]);
}
