using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>How far a segmentation is.</summary>
/// <param name="Slices">Slices done.</param>
/// <param name="Of">Slices in all.</param>
public readonly record struct SegmentationProgress(int Slices, int Of);

/// <summary>Runs a model over a volume, slice by slice, and brings what it says back onto the volume's own grid.</summary>
/// <param name="batch">How many slices (or windows of slices) go through the network at once; null for what suits the device.</param>
public sealed class Segmenter(LoadedModel model, TimeProvider time, int? batch = null)
{
    /// <summary>On a CPU one slice after another is faster than eight at once, and takes less memory (measured); a GPU wants to be filled.</summary>
    private readonly int batchSize = batch ?? (model.DeviceName == "cpu" ? 1 : 8);

    private ModelDescriptor Descriptor => model.Descriptor;

    /// <exception cref="InvalidImageException">The request does not fit the image or the model.</exception>
    /// <exception cref="OperationCanceledException">Looked for before each batch.</exception>
    public SegmentationResult Segment(
        Volume volume, SegmentationRequest request, IProgress<SegmentationProgress>? progress, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var box = Check(volume, request);
        var expertness = Expertness.Of(request.Expertness, Descriptor.Raters);
        var threshold = request.Threshold ?? Descriptor.Threshold;

        var maps = new RaterMaps(
            volume.Grid, box, [.. Descriptor.Structures.Select(structure => structure.Label)], request.Quality == Quality.Preview ? [] : Descriptor.Raters);
        Compute(volume, maps, expertness, progress, cancellation);

        byte[][] masks = [.. maps.Probability.Select(map => Masks.AtLeast(map, threshold))];
        return new SegmentationResult
        {
            Maps = maps,
            Structures = Descriptor.Structures,
            Masks = masks,
            Measurements = [.. masks.Select((mask, s) => Measuring.Of(maps, s, mask, threshold))],
            Provenance = new Provenance
            {
                ModelId = Descriptor.Id,
                ModelVersion = Descriptor.Version,
                WeightsSha256 = model.WeightsSha256,
                Raters = Descriptor.Raters,
                Expertness = expertness,
                ExpertnessIsUsers = request.Expertness is not null,
                Threshold = threshold,
                Preparation = Descriptor.Preparation.ToString(),
                Device = model.DeviceName,
                Quality = request.Quality,
                Precision = model.Precision,
                SoftwareVersion = typeof(Segmenter).Assembly.GetName().Version!.ToString(3),
                Created = time.GetLocalNow(),
                Seconds = time.GetElapsedTime(start).TotalSeconds,
            },
        };
    }

    private VoxelBox Check(Volume volume, SegmentationRequest request)
    {
        if (volume.Channels != Descriptor.Network.Channels)
            throw new InvalidImageException($"The image has {volume.Channels} channel{(volume.Channels == 1 ? "" : "s")}; model {Descriptor.Id} wants {Descriptor.Network.Channels}. Choose another model.");
        if (request.Threshold is { } threshold && !(threshold > 0 && threshold <= 1))
            throw new InvalidImageException(FormattableString.Invariant($"Threshold is {threshold}; expected above 0 and up to 1."));

        var size = Descriptor.Preparation.Size;
        if (request.Region is null && Descriptor.Preparation.NeedsRegion && (volume.Grid.Columns > size || volume.Grid.Rows > size))
            throw new InvalidImageException(
                $"Model {Descriptor.Id} looks at {size} x {size} pixels around its structure; the slices have {volume.Grid.Columns} x {volume.Grid.Rows}. "
                + $"Say where to look: --region at:column,row,slice,{size},{size},slices.");
        return request.Region?.On(volume.Grid) ?? volume.Grid.Whole;
    }

    private void Compute(Volume volume, RaterMaps maps, float[] expertness, IProgress<SegmentationProgress>? progress, CancellationToken cancellation)
    {
        using var off = torch.inference_mode();
        using var whole = torch.NewDisposeScope();
        var weights = torch.tensor(expertness, device: model.Device).unsqueeze(0); // (1, R)
        var look = Descriptor.Preparation.Framing == Framing.Resize
            ? (ISliceLook)new ResizedLook(volume, maps.Box, Descriptor)
            : new WindowedLook(volume, maps.Box, Descriptor);

        var (views, pixels) = (look.Views, Descriptor.Preparation.Size * Descriptor.Preparation.Size);
        var (inputSize, mapsSize) = (Descriptor.Network.Channels * pixels, new SliceOfMaps(maps, 0).Count * pixels);
        var input = new float[batchSize * inputSize];

        foreach (var places in Enumerable.Range(0, maps.Box.Slices * views).Chunk(batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            for (var i = 0; i < places.Length; i++)
                look.Fill(maps.Box.Z + places[i] / views, places[i] % views, input.AsSpan(i * inputSize, inputSize));

            var found = Predict(input, places.Length, weights, maps.Raters.Count == 0);
            for (var i = 0; i < places.Length; i++)
            {
                var slice = new SliceOfMaps(maps, places[i] / views);
                look.Lay(places[i] % views, found.AsSpan(i * mapsSize, mapsSize), slice);
                if (places[i] % views < views - 1)
                    continue;
                slice.Cut();
                progress?.Report(new(places[i] / views + 1, maps.Box.Slices));
            }
        }
    }

    /// <param name="input">(B, C, n, n), of which the first <paramref name="count"/> count.</param>
    /// <returns>(B, M, n, n): for each structure the probability, and but for a preview the uncertainty, then each rater's probability, as <see cref="SliceOfMaps"/> counts them.</returns>
    private float[] Predict(float[] input, int count, torch.Tensor weights, bool isPreview)
    {
        using var scope = torch.NewDisposeScope();
        var (channels, size) = (Descriptor.Network.Channels, Descriptor.Preparation.Size);

        var image = torch.tensor(input.AsMemory(0, count * channels * size * size), [count, channels, size, size], device: model.Device);
        var all = isPreview ? Coarse(image, weights.expand(count, -1)) : Whole(image, weights.expand(count, -1));
        return all.cpu().data<float>().ToArray();
    }

    private torch.Tensor Coarse(torch.Tensor image, torch.Tensor weights) => model.Network.RunCoarse(model.Network.Encode(image), weights).sigmoid_(); // (B, S, n, n)

    private torch.Tensor Whole(torch.Tensor image, torch.Tensor weights)
    {
        var output = model.Network.Run(image, weights);
        return torch.cat([output.Refined.sigmoid(), output.Uncertainty, output.Raters.sigmoid().flatten(1, 2)], 1); // (B, (2 + R) S, n, n)
    }
}
