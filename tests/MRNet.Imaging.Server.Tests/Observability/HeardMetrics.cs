using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Server.Observability;

namespace MRNet.Imaging.Server.Tests.Observability;

/// <summary>Metrics that belong to one test, and what they were told: "jobs 1 lane=batch model=stub outcome=done".</summary>
internal sealed class HeardMetrics : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ConcurrentQueue<string> lines = new();
    private readonly MeterListener listener;

    public HeardMetrics()
    {
        Metrics = new(services.GetRequiredService<IMeterFactory>());
        listener = new()
        {
            InstrumentPublished = (instrument, hearing) =>
            {
                if (instrument.Meter == Metrics.Meter)
                    hearing.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => lines.Enqueue(Line(instrument, value, tags)));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => lines.Enqueue(Line(instrument, value, tags)));
        listener.Start();
    }

    public ServerMetrics Metrics { get; }

    /// <summary>In alphabetical order.</summary>
    public IEnumerable<string> Lines => lines.Order(StringComparer.Ordinal);

    /// <summary>Of one instrument.</summary>
    public IEnumerable<string> Of(string instrument) => Lines.Where(line => line.StartsWith(instrument + " ", StringComparison.Ordinal));

    public void Dispose()
    {
        listener.Dispose();
        services.Dispose();
    }

    private static string Line<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        FormattableString.Invariant($"{instrument.Name} {value}{string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"))}");
}
