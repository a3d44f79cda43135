using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests;

/// <summary>Whatever a test does not care about.</summary>
internal static class Some
{
    public static NetworkOptions Options(int raters = 3, int structures = 1, int channels = 1, int width = 4) =>
        NetworkOptions.Paper(raters, structures, channels, width);

    /// <summary>A network with random weights whose normalisations have seen a few pictures, in evaluation mode.</summary>
    public static MultiRaterNetwork Network(NetworkOptions? options = null, int seed = 1)
    {
        options ??= Options();
        manual_seed(seed);
        var network = new MultiRaterNetwork(options);
        using var off = no_grad();
        for (var i = 0; i < 8; i++)
        {
            using var scope = NewDisposeScope();
            network.call(randn(4, options.Channels, 32, 32), Weights(4, options.Raters));
        }

        network.eval();
        return network;
    }

    /// <returns>(B, R), random, rows sum to 1.</returns>
    public static Tensor Weights(int pictures, int raters) => rand(pictures, raters).softmax(1);

    public static Structure Nodule { get; } = new()
    {
        Label = "Lung nodule",
        Category = new("49755003", "SCT", "Morphologically abnormal structure"),
        Type = new("27925004", "SCT", "Nodule"),
        Anatomy = new("39607008", "SCT", "Lung"),
        Color = 0xFF8800,
    };

    public static Preparation Preparation(Framing framing = Framing.Window, int size = 32) => new()
    {
        Framing = framing,
        Size = size,
        Range = IntensityRange.Values,
        Low = 0,
        High = 255,
        Mean = [0.25f],
        Deviation = [0.25f],
    };

    public static ModelDescriptor Descriptor(NetworkOptions? options = null, Preparation? preparation = null, string id = "some-model")
    {
        options ??= Options();
        return new()
        {
            Id = id,
            Version = "1.2.0",
            DisplayName = "Some model",
            Description = "For tests.",
            Modalities = ["CT"],
            Structures = [.. Enumerable.Range(1, options.Structures).Select(s => Nodule with { Label = $"Nodule {s}" })],
            Raters = [.. Enumerable.Range(1, options.Raters).Select(r => $"Rater {r}")],
            Network = options,
            Preparation = preparation ?? Preparation(),
            TrainingData = "None.",
            TrainingCommand = "None.",
            Licence = "MIT",
            Scores = new Dictionary<string, double> { ["softDice"] = 0.5 },
        };
    }

    /// <summary>Writes a model file as training would.</summary>
    public static StoredModel Model(TemporaryFolder folder, MultiRaterNetwork network, ModelDescriptor descriptor)
    {
        var path = folder[descriptor.Id + ".safetensors"];
        NetworkWeights.Save(network, path, descriptor.ToMetadata());
        return new(descriptor, path);
    }

    /// <summary>Grey values 0..255 without a pattern.</summary>
    public static Volume Volume(int columns, int rows, int slices = 1, int channels = 1, int seed = 1)
    {
        var random = new Random(seed);
        var grid = new Grid(columns, rows, slices) { SpacingMm = new(0.5, 0.5, 2) };
        return new(grid, [.. Enumerable.Range(0, (int)grid.Count * channels).Select(_ => random.NextSingle() * 255)], channels) { Modality = "CT" };
    }

    /// <summary>Bright discs on a dark, noisy ground; three raters draw the disc smaller, as it is, and larger.</summary>
    public static RaterSlices Discs(int patients, int slicesEach = 1, int size = 32)
    {
        var random = new Random(7);
        return new(size, size, 3, [.. from patient in Enumerable.Range(1, patients) from slice in Enumerable.Range(1, slicesEach) select Disc($"patient-{patient}", slice, size, random)]);
    }

    private static RaterSlice Disc(string patient, int slice, int size, Random random)
    {
        var (x, y, radius) = (random.Next(10, size - 10), random.Next(10, size - 10), random.Next(5, 8));
        byte[] Mask(int r) => [.. Enumerable.Range(0, size * size).Select(i => (byte)(Inside(i, r) ? 1 : 0))];
        bool Inside(int i, int r) => (i % size - x) * (i % size - x) + (i / size - y) * (i / size - y) <= r * r;

        byte[] image = [.. Enumerable.Range(0, size * size).Select(i => (byte)(random.Next(60) + (Inside(i, radius) ? 150 : 20)))];
        return new(patient, $"{patient}/{slice}", image, [Mask(radius - 2), Mask(radius), Mask(radius + 2)]);
    }
}

/// <summary>Hands every report on at once, on the same thread.</summary>
internal sealed class Told<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
