using MRNet.Imaging.DataSets;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>Looks at some images of a data set and says how they should be prepared.</summary>
public static class Fingerprinting
{
    /// <summary>Images looked at, evenly spaced in the set; they are decoded once more for it.</summary>
    private const int Looked = 8;

    private const int SamplesOfEach = 50_000;

    /// <summary>A structure below this share of the slice is looked at through a region.</summary>
    private const double Small = 0.06;

    /// <exception cref="InvalidImageException">A case is damaged.</exception>
    public static DataFingerprint Of(MultiRaterDataSet data, CancellationToken cancellation)
    {
        if (data.Cases.Count == 0)
            throw new InvalidImageException($"{data.Name} has no case; expected at least a dozen.");
        MultiRaterCase[] cases = [.. data.Cases.Where((_, i) => i % Math.Max(1, data.Cases.Count / Looked) == 0).Take(Looked)];
        var looks = cases.Select(study => Look.At(study, cancellation)).ToArray();
        float[] all = [.. looks.SelectMany(look => look.Samples.SelectMany(channel => channel)).Order()];
        var (low, high) = (At(all, 0.005), At(all, 0.995));
        var channels = looks.Min(look => look.Samples.Length);
        float[][] scaled = [.. Enumerable.Range(0, channels).Select(c => looks.SelectMany(look => look.Samples[c]).Select(value => Math.Clamp((value - low) / Math.Max(1e-6f, high - low), 0, 1)).ToArray())];
        float[] means = [.. scaled.Select(channel => Rounded(channel.Average()))];

        return new()
        {
            Modality = looks.Select(look => look.Modality).FirstOrDefault(modality => modality.Length > 0) ?? "",
            Channels = channels,
            Columns = Median(looks, look => look.Grid.Columns),
            Rows = Median(looks, look => look.Grid.Rows),
            Slices = Median(looks, look => look.Grid.Slices),
            SpacingMm = looks[0].Grid.HasPatientSpace ? [looks[0].Grid.SpacingMm.X, looks[0].Grid.SpacingMm.Y, looks[0].Grid.SpacingMm.Z] : null,
            Plane = looks.Select(look => look.Grid.Plane).Distinct().ToArray() is [var plane] ? plane : null,
            Low = low,
            High = high,
            MarkedShare = Math.Round(looks.Average(look => look.MarkedShare), 5),
            Mean = means,
            Deviation = [.. scaled.Zip(means, (channel, mean) => Rounded(Math.Max(0.01, Math.Sqrt(channel.Average(value => (value - mean) * (value - mean))))))],
        };
    }

    /// <summary>How images like these are put before a network.</summary>
    /// <param name="format">Of the data set.</param>
    public static Preparation Learn(DataFingerprint found, string format, int size) => (format, found) switch
    {
        ("crops", _) => new()
        {
            Framing = Framing.Window,
            Size = Math.Min(size, found.Columns / 32 * 32),
            NeedsRegion = true,
            Range = IntensityRange.SlicePercentiles,
            Low = 0,
            High = 100,
            Mean = [0.25f],
            Deviation = [0.25f],
        },
        (_, { SpacingMm: null, Low: >= 0, High: <= 255 }) => Photograph(found, size),
        (_, { Modality: "CT" }) or (_, { Low: < -500 }) => Whole(found, size) with { Range = IntensityRange.Values, Low = Math.Round(found.Low), High = Math.Round(found.High) },
        _ => Whole(found, size),
    };

    private static Preparation Photograph(DataFingerprint found, int size) => Whole(found, size) with
    {
        Range = IntensityRange.Values,
        Low = 0,
        High = 255,
        Locator = found.MarkedShare < Small ? new() : null,
    };

    private static Preparation Whole(DataFingerprint found, int size) => new()
    {
        Framing = Framing.Resize,
        Size = size,
        Range = IntensityRange.VolumePercentiles,
        Low = 0.5,
        High = 99.5,
        Mean = found.Mean,
        Deviation = found.Deviation,
    };

    private static float At(float[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];

    private static float Rounded(double value) => (float)Math.Round(value, 3);

    private static int Median(Look[] looks, Func<Look, int> of) => looks.Select(of).Order().ElementAt(looks.Length / 2);

    /// <param name="Samples">[C] some thousands each, evenly spaced.</param>
    private sealed record Look(Grid Grid, string Modality, float[][] Samples, double MarkedShare)
    {
        public static Look At(MultiRaterCase study, CancellationToken cancellation)
        {
            var volume = study.ReadImage(cancellation);
            var union = new Marks(study.ReadGraded(cancellation), byArea: false).Union();
            var count = (int)volume.Grid.Count;
            var step = Math.Max(1, count / SamplesOfEach);
            float[] Channel(int c) => [.. Enumerable.Range(0, count / step).Select(i => volume.Samples[c * count + i * step])];
            return new(volume.Grid, volume.Modality, [.. Enumerable.Range(0, volume.Channels).Select(Channel)], union.Count(marked => marked) / (double)union.Length);
        }
    }
}
