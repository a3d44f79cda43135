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

    public static void Loaded(string model, TimeSpan time) => LoadTime.Record(time.TotalSeconds, new KeyValuePair<string, object?>("model", model));
}
