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

    /// <summary>The eight ways in which a slice may be stored.</summary>
    public static IEnumerable<Hanging> Hangings => Enumerable.Range(0, 8).Select(i => new Hanging((i & 1) > 0, (i & 2) > 0, (i & 4) > 0));

    /// <summary>An upright volume, stored so that it has to be hung in a given way.</summary>
    public static Volume Stored(Volume upright, Hanging hanging)
    {
        var (columns, rows) = hanging.Size(upright.Grid.Columns, upright.Grid.Rows);
        var (across, down) = (new Vector3(hanging.FlippedAcross ? -1 : 1, 0, 0), new Vector3(0, hanging.FlippedDown ? -1 : 1, 0));
        var (x, y) = hanging.Transposed ? (down, across) : (across, down);
        var grid = new Grid(columns, rows, upright.Grid.Slices) { SpacingMm = upright.Grid.SpacingMm, DirectionX = x, DirectionY = y, DirectionZ = x.Cross(y) };
        return new(grid, hanging.Back.Turn<float>(upright.Samples, upright.Grid.Columns, upright.Grid.Rows), upright.Channels) { Modality = upright.Modality };
    }

    /// <summary>MRNet with the paper's loss.</summary>
    public static MethodChoice Method(NetworkOptions? network = null) => MethodChoice.Of("mrnet", network ?? Options(), new());

    /// <summary>Bright discs on a dark, noisy ground; three raters draw the disc smaller, as it is, and larger.</summary>
    public static TrainingSlices Discs(int patients, int slicesEach = 1, int size = 32)
    {
        var random = new Random(7);
        return Slices(size, size, 3, [.. from patient in Enumerable.Range(1, patients) from slice in Enumerable.Range(1, slicesEach) select Disc($"patient-{patient}", slice, size, random)]);
    }

    /// <summary>Grey slices of one structure, seen as (value / 255 - 0.25) / 0.25.</summary>
    public static TrainingSlices Slices(int rows, int columns, int raters, params TrainingSlice[] slices) => new(
        new() { Rows = rows, Columns = columns, Channels = 1, Structures = 1, Raters = raters, Mean = [0.25f], Deviation = [0.25f] }, slices);

    /// <param name="image">(H, W), 0..255.</param>
    /// <param name="masks">[R] of (H, W), 0 or 1; null where a rater did not grade.</param>
    public static TrainingSlice Slice(string patient, string name, int columns, byte[] image, params byte[]?[] masks)
    {
        var marks = new byte[image.Length];
        for (var r = 0; r < masks.Length; r++)
            for (var i = 0; i < image.Length; i++)
                marks[i] |= (byte)((masks[r]?[i] ?? 0) << r);
        var pixels = new SlicePixels([.. image.Select(value => (ushort)(value * 257))], marks);
        return new(() => pixels)
        {
            Patient = patient,
            Case = patient,
            Name = name,
            ScoredAs = name,
            Rows = image.Length / columns,
            Columns = columns,
            Present = [.. masks.Select(mask => mask is not null)],
            Marked = masks.Sum(mask => mask?.Sum(value => (long)value) ?? 0),
        };
    }

    private static TrainingSlice Disc(string patient, int slice, int size, Random random)
    {
        var (x, y, radius) = (random.Next(10, size - 10), random.Next(10, size - 10), random.Next(5, 8));
        byte[] Mask(int r) => [.. Enumerable.Range(0, size * size).Select(i => (byte)(Inside(i, r) ? 1 : 0))];
        bool Inside(int i, int r) => (i % size - x) * (i % size - x) + (i / size - y) * (i / size - y) <= r * r;

        byte[] image = [.. Enumerable.Range(0, size * size).Select(i => (byte)(random.Next(60) + (Inside(i, radius) ? 150 : 20)))];
        return Slice(patient, $"{patient}/{slice}", size, image, Mask(radius - 2), Mask(radius), Mask(radius + 2));
    }

    /// <summary>Grey values 0..255 of a slice.</summary>
    public static byte[] Grey(this TrainingSlice slice) => [.. slice.Read().Image.Select(value => (byte)(value / 257))];

    /// <summary>(H, W) of one rater.</summary>
    public static byte[] Mask(this TrainingSlice slice, int rater) => [.. slice.Read().Marks.Select(marks => (byte)(marks >> rater & 1))];
}

/// <summary>Hands every report on at once, on the same thread.</summary>
internal sealed class Told<T>(Action<T> tell) : IProgress<T>
{
    public void Report(T value) => tell(value);
}
