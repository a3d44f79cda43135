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
        Volume volume, SegmentationRequest request, IProgress<SegmentationProgress>? progress, CancellationToken cancellation) =>
        Segment(volume, request, progress, null, cancellation);

    /// <param name="begin">
    /// Is given the result before it is computed, to use its slices as they come (<see cref="RaterMaps.Arrivals"/>): it has no
    /// masks and no measurements yet.
    /// </param>
    /// <inheritdoc cref="Segment(Volume, SegmentationRequest, IProgress{SegmentationProgress}?, CancellationToken)"/>
    public SegmentationResult Segment(
        Volume volume, SegmentationRequest request, IProgress<SegmentationProgress>? progress, Action<SegmentationResult>? begin, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        var run = Begin(volume, request);
        var growing = run.Growing();
        var arrivals = growing.Maps.Arrivals = new(run.Box.Slices);
        try
        {
            begin?.Invoke(growing);
            run.Compute(run.Slices, progress, cancellation);
        }
        finally
        {
            arrivals.Close();
        }

        return run.Result(time.GetElapsedTime(start).TotalSeconds);
    }

    /// <summary>A request to be computed in parts.</summary>
    /// <param name="memory">What is kept of the volume; null for nothing.</param>
    /// <exception cref="InvalidImageException">The request does not fit the image or the model.</exception>
    public SegmentationRun Begin(Volume volume, SegmentationRequest request, SliceMemory? memory = null)
    {
        var box = Check(volume, request, memory);
        var expertness = Expertness.Of(request.Expertness, Descriptor.Raters);
        memory?.LookAt(model, box);
        var temperature = TemperatureOf(request);
        var answers = memory?.Answers(request.Quality, expertness, temperature, box, Maps) ?? new(Maps(), expertness, temperature);
        return new(this, volume, memory, answers, ProvenanceOf(request, expertness), request.KeepLargest || Descriptor.KeepLargest);

        RaterMaps Maps() => new(
            volume.Grid, box, [.. Descriptor.Structures.Select(structure => structure.Label)], request.Quality == Quality.Preview ? [] : Descriptor.Raters);
    }

    internal IReadOnlyList<Structure> Structures => Descriptor.Structures;

    /// <param name="left">Slices of the box to compute.</param>
    /// <param name="done">Told each slice of the box.</param>
    internal void Compute(Volume volume, SliceMemory? memory, SliceAnswers answers, IReadOnlyList<int> left, Action<int> done, CancellationToken cancellation)
    {
        using var request = threads.Begin();
        var maps = answers.Maps;
        var way = new SlicesOfRequest(maps, Look(volume, maps.Box), Descriptor, done);

        new SlicePipeline(request, Math.Min(request.Share, LargestLanes())).Run(
            way.Batches(left, batchSize), () => way.Buffers(batchSize), way.Prepare, Predict, way.BringBack, cancellation);

        void Predict(SlicePipeline.Batch batch, CancellationToken stop) =>
            predictor.Predict(batch, answers.Expertness, answers.Temperature, maps.Raters.Count == 0, memory is null ? null : encode => memory.FeaturesOf(way.PlacesOf(batch), encode), stop);
    }

    private ISliceLook Look(Volume volume, VoxelBox box)
    {
        var look = Descriptor.Preparation.Framing == Framing.Resize
            ? (ISliceLook)new ResizedLook(volume, box, Descriptor)
            : new WindowedLook(volume, box, Descriptor);
        var hanging = Hanging.Of(volume.Grid);
        return hanging.IsAsStored ? look : new HungLook(look, hanging, Descriptor.Preparation.Size);
    }

    private double TemperatureOf(SegmentationRequest request) => request.Uncalibrated || request.Quality == Quality.Preview ? 1 : Descriptor.Temperature;

    private Provenance ProvenanceOf(SegmentationRequest request, float[] expertness) => new()
    {
        ModelId = Descriptor.Id,
        ModelVersion = Descriptor.Version,
        WeightsSha256 = model.WeightsSha256,
        Raters = Descriptor.Raters,
        Expertness = expertness,
        RegionIsLocators = request.Region is null && model.Locator is not null,
        ExpertnessIsUsers = request.Expertness is not null,
        Threshold = request.Threshold ?? Descriptor.Threshold,
        Preparation = Descriptor.Preparation.ToString(),
        Device = model.DeviceName,
        Temperature = TemperatureOf(request),
        Quality = request.Quality,
        Precision = model.Precision,
        SoftwareVersion = typeof(Segmenter).Assembly.GetName().Version!.ToString(3),
        Created = time.GetLocalNow(),
        Seconds = 0, // known when it is computed
    };

    private VoxelBox Check(Volume volume, SegmentationRequest request, SliceMemory? memory)
    {
        Descriptor.CheckModality(volume.Modality);
        if (volume.Channels != Descriptor.Network.Channels)
            throw new InvalidImageException($"The image has {volume.Channels} channel{(volume.Channels == 1 ? "" : "s")}; model {Descriptor.Id} wants {Descriptor.Network.Channels}. Choose another model.");
        if (request.Threshold is { } threshold && !(threshold > 0 && threshold <= 1))
            throw new InvalidImageException(FormattableString.Invariant($"Threshold is {threshold}; expected above 0 and up to 1."));

        var size = Descriptor.Preparation.Size;
        if (request.Region is null && model.Locator is null && Descriptor.Preparation.NeedsRegion && (volume.Grid.Columns > size || volume.Grid.Rows > size))
            throw new InvalidImageException(
                $"Model {Descriptor.Id} looks at {size} x {size} pixels around its structure; the slices have {volume.Grid.Columns} x {volume.Grid.Rows}. "
                + $"Say where to look: --region at:column,row,slice,{size},{size},slices.");
        return request.Region?.On(volume.Grid) ?? Located(volume, memory) ?? volume.Grid.Whole;
    }

    private VoxelBox? Located(Volume volume, SliceMemory? memory) => (model.Locator, memory) switch
    {
        (null, _) => null,
        ({ } locator, null) => locator.Find(volume),
        ({ } locator, _) => memory.Locate(() => locator.Find(volume)),
    };

    /// <summary>How many batches have room in memory at the same time.</summary>
    private int LargestLanes() => model.DeviceName == "cpu"
        ? WorkingMemory.Fitting(WorkingMemory.Free, Descriptor.Network, Descriptor.Preparation.Size, batchSize)
        : 1;
}
