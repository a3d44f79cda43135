using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>Finds where a model has to look, on the whole slice.</summary>
public sealed class Locator : IDisposable
{
    /// <summary>How the locator's weights are called in the model's file.</summary>
    public const string Prefix = NetworkWeights.LocatorPrefix;

    /// <summary>Below this probability nowhere counts as found.</summary>
    private const float Least = 0.3f;

    private readonly LocatorOptions options;
    private readonly Preparation plain;
    private readonly ModelDescriptor model;
    private readonly CoarseUNet network;

    /// <param name="network">Taken over.</param>
    public Locator(ModelDescriptor model, CoarseUNet network)
    {
        (this.model, this.network) = (model, network);
        options = model.Preparation.Locator ?? throw new ArgumentException($"{model.Id} has no locator.", nameof(model));
        plain = model.Preparation with { Mean = [0], Deviation = [1] };
        network.eval();
    }

    /// <summary>The locator's network: one rater and one structure, for it finds the union of all structures as all raters see it.</summary>
    public static NetworkOptions Network(LocatorOptions options, int channels) => NetworkOptions.Paper(raters: 1, structures: 1, channels, options.Width);

    /// <summary>From the model's own file; null for a model without a locator.</summary>
    /// <exception cref="WeightsException">The file lacks the locator's weights, or has others.</exception>
    public static Locator? Load(StoredModel model, torch.Device device)
    {
        if (model.Descriptor.Preparation.Locator is not { } options)
            return null;

        var network = new CoarseUNet(Network(options, model.Descriptor.Network.Channels));
        using var file = SafetensorsFile.Open(model.Path);
        NetworkWeights.Load(network, file, Prefix);
        network.to(device);
        return new(model.Descriptor, network);
    }

    /// <summary>A square around what is found, through all slices: the margin of the model's own training.</summary>
    /// <exception cref="InvalidImageException">Nothing is found.</exception>
    public VoxelBox Find(Volume volume) => Look(volume)?.Box(volume.Grid, options.Margin)
        ?? throw new InvalidImageException($"{model.Id} finds nothing to look at in this image ({string.Join(", ", model.Structures.Select(structure => structure.Label))}). Say where it is with --region, or choose another model.");

    /// <summary>What is found, in pixels of the slices; null for nothing.</summary>
    public RegionOfInterest? Look(Volume volume)
    {
        if (Look(Largest(volume), options.Size) is not { } found)
            return null;

        var letterbox = new Letterbox(volume.Grid.Columns, volume.Grid.Rows, options.Size);
        var (x, y) = letterbox.ToSlice(found.X, found.Y);
        return new(x, y, found.Diameter * letterbox.Step);
    }

    /// <summary>The largest component of a map at half of its highest probability; null where that is too low.</summary>
    /// <param name="map">(n, n), 0..1</param>
    public static RegionOfInterest? Look(ReadOnlySpan<float> map, int columns)
    {
        var peak = System.Numerics.Tensors.TensorPrimitives.Max(map);
        return peak < Least ? null : RegionOfInterest.Of(LargestComponent.Of(map, columns, peak / 2), columns);
    }

    public void Dispose() => network.Dispose();

    /// <returns>(n, n): the largest probability over the slices, as they are stored.</returns>
    private float[] Largest(Volume volume)
    {
        using var off = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        var largest = new float[options.Size * options.Size];
        var preparer = new SlicePreparer(volume, plain);
        for (var slice = 0; slice < volume.Grid.Slices; slice++)
        {
            var found = Probability(preparer, volume, slice);
            for (var i = 0; i < largest.Length; i++)
                largest[i] = Math.Max(largest[i], found[i]);
        }

        return Hanging.Of(volume.Grid).Back.Turn<float>(largest, options.Size, options.Size);
    }

    private float[] Probability(SlicePreparer preparer, Volume volume, int slice)
    {
        using var scope = torch.NewDisposeScope();
        var device = network.parameters().First().device;
        var input = torch.tensor(Square(preparer, volume, slice, options.Size), [1, volume.Channels, options.Size, options.Size], device: device);
        input = (input - Column(model.Preparation.Mean, device)) / Column(model.Preparation.Deviation, device);
        return network.call(input, torch.ones([1, 1], device: device)).Coarse.sigmoid().cpu().data<float>().ToArray();
    }

    private static torch.Tensor Column(IReadOnlyList<float> values, torch.Device device) => torch.tensor([.. values], device: device).reshape(1, -1, 1, 1);

    /// <returns>(C, n, n), 0..1: a slice as the locator sees it, hung up, before mean and deviation.</returns>
    internal static float[] Square(SlicePreparer preparer, Volume volume, int slice, int size)
    {
        var letterbox = new Letterbox(volume.Grid.Columns, volume.Grid.Rows, size);
        var resampling = new Resampling(volume.Grid.Columns, volume.Grid.Rows, letterbox.Width, letterbox.Height);
        var pixels = letterbox.Width * letterbox.Height;
        var prepared = new float[volume.Channels * pixels];
        preparer.Fill(slice, volume.Grid.Whole, resampling, prepared);

        var square = new float[volume.Channels * size * size];
        for (var channel = 0; channel < volume.Channels; channel++)
            letterbox.Lay(prepared.AsSpan(channel * pixels, pixels), square.AsSpan(channel * size * size, size * size));
        return Hanging.Of(volume.Grid).Turn<float>(square, size, size);
    }
}
