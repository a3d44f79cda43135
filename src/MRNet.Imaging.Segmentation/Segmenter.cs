namespace MRNet.Imaging.Segmentation;

/// <summary>How far a segmentation is.</summary>
/// <param name="Slices">Slices done.</param>
/// <param name="Of">Slices in all.</param>
public readonly record struct SegmentationProgress(int Slices, int Of);

/// <summary>
/// Runs a model over a volume, slice by slice, and brings what it says back onto the volume's own grid. It may be called from
/// several threads at once; all runs in a process share the processors (<see cref="ComputeThreads"/>).
/// </summary>
/// <param name="batch">How many slices (or windows of slices) go through the network at once; null for what suits the device.</param>
/// <param name="threads">What it may compute with; null for what all runs on the device share.</param>
public sealed class Segmenter(LoadedModel model, TimeProvider time, int? batch = null, ComputeThreads? threads = null)
{
    private readonly ComputeThreads threads = threads ?? ComputeThreads.For(model.DeviceName);
    private readonly SlicePredictor predictor = new(model);

    /// <summary>On a CPU slices of their own are faster than eight at once, and take less memory (measured); a GPU wants to be filled.</summary>
    private readonly int batchSize = batch ?? (model.DeviceName == "cpu" ? 1 : GpuBatch.Of(model));

    private ModelDescriptor Descriptor => model.Descriptor;

    /// <exception cref="InvalidImageException">The request does not fit the image or the model.</exception>
    /// <exception cref="OperationCanceledException">Looked for between the modules of the network.</exception>
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
        if (request.KeepLargest || Descriptor.KeepLargest)
            Array.ForEach(masks, mask => Masks.KeepLargest(mask, maps.Box));
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
                RegionIsLocators = request.Region is null && model.Locator is not null,
                ExpertnessIsUsers = request.Expertness is not null,
                Threshold = threshold,
                Preparation = Descriptor.Preparation.ToString(),
                Device = model.DeviceName,
                Temperature = request.Quality == Quality.Preview ? 1 : Descriptor.Temperature,
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
        if (request.Region is null && model.Locator is null && Descriptor.Preparation.NeedsRegion && (volume.Grid.Columns > size || volume.Grid.Rows > size))
            throw new InvalidImageException(
                $"Model {Descriptor.Id} looks at {size} x {size} pixels around its structure; the slices have {volume.Grid.Columns} x {volume.Grid.Rows}. "
                + $"Say where to look: --region at:column,row,slice,{size},{size},slices.");
        return request.Region?.On(volume.Grid) ?? model.Locator?.Find(volume) ?? volume.Grid.Whole;
    }

    private void Compute(Volume volume, RaterMaps maps, float[] expertness, IProgress<SegmentationProgress>? progress, CancellationToken cancellation)
    {
        using var request = threads.Begin();
        var look = Descriptor.Preparation.Framing == Framing.Resize
            ? (ISliceLook)new ResizedLook(volume, maps.Box, Descriptor)
            : new WindowedLook(volume, maps.Box, Descriptor);
        var way = new SlicesOfRequest(maps, look, Descriptor, progress);

        new SlicePipeline(request, Math.Min(request.Share, LargestLanes())).Run(
            way.Batches(batchSize), () => way.Buffers(batchSize), way.Prepare, (batch, stop) => predictor.Predict(batch, expertness, maps.Raters.Count == 0, stop), way.BringBack, cancellation);
    }

    /// <summary>How many batches have room in memory at the same time.</summary>
    private int LargestLanes() => model.DeviceName == "cpu"
        ? WorkingMemory.Fitting(WorkingMemory.Free, Descriptor.Network, Descriptor.Preparation.Size, batchSize)
        : 1;
}
