namespace MRNet.Imaging.Segmentation;

/// <summary>
/// A request whose slices are computed in the order that suits the caller, and asked for in parts. What a
/// <see cref="SliceMemory"/> still has of it is not computed.
/// </summary>
public sealed class SegmentationRun
{
    private readonly Segmenter segmenter;
    private readonly Volume volume;
    private readonly SliceMemory? memory;
    private readonly SliceAnswers answers;
    private readonly bool keepLargest;

    internal SegmentationRun(Segmenter segmenter, Volume volume, SliceMemory? memory, SliceAnswers answers, Provenance provenance, bool keepLargest)
    {
        (this.segmenter, this.volume, this.memory, this.answers, this.keepLargest) = (segmenter, volume, memory, answers, keepLargest);
        Provenance = provenance;
    }

    public VoxelBox Box => answers.Maps.Box;

    public Provenance Provenance { get; }

    /// <summary>All slices of the box, counted in the grid.</summary>
    public IEnumerable<int> Slices => Enumerable.Range(Box.Z, Box.Slices);

    /// <summary>Slices that are still to be computed.</summary>
    public int Left => answers.Done.Count(done => !done);

    /// <summary>Computes slices that are not there yet.</summary>
    /// <param name="slices">Of the grid; those outside the box are left out.</param>
    /// <exception cref="OperationCanceledException">Looked for between the modules of the network; whole slices stay.</exception>
    public void Compute(IEnumerable<int> slices, IProgress<SegmentationProgress>? progress, CancellationToken cancellation)
    {
        int[] left = [.. slices.Select(slice => slice - Box.Z).Where(z => z >= 0 && z < Box.Slices && !answers.Done[z]).Distinct()];
        var count = 0;
        if (left.Length > 0)
            segmenter.Compute(volume, memory, answers, left, Done, cancellation);

        void Done(int z)
        {
            answers.Done[z] = true;
            EngineMetrics.Slices.Add(1);
            progress?.Report(new(++count, left.Length));
        }
    }

    /// <summary>Before it is computed: no masks and no measurements yet.</summary>
    internal SegmentationResult Growing() => new() { Maps = answers.Maps, Structures = segmenter.Structures, Masks = [], Measurements = [], Provenance = Provenance };

    /// <summary>All of it.</summary>
    /// <param name="seconds">What it took.</param>
    public SegmentationResult Result(double seconds) => Of(answers.Maps, keepLargest, seconds);

    /// <summary>Some slices by themselves, for a screen: of each structure all parts stay, for the largest is not known yet.</summary>
    /// <param name="from">First slice of the grid.</param>
    public SegmentationResult Part(int from, int slices, double seconds)
    {
        var all = answers.Maps;
        var part = new RaterMaps(all.Grid, Box with { Z = from, Slices = slices }, all.Structures, all.Raters);
        for (var z = 0; z < slices; z++)
        {
            var (source, target) = (new SliceOfMaps(all, from - Box.Z + z), new SliceOfMaps(part, z));
            for (var m = 0; m < source.Count; m++)
                source[m].CopyTo(target[m]);
        }

        return Of(part, keepLargest: false, seconds);
    }

    private SegmentationResult Of(RaterMaps maps, bool keepLargest, double seconds)
    {
        byte[][] masks = [.. maps.Probability.Select(map => Masks.AtLeast(map, Provenance.Threshold))];
        if (keepLargest)
            Array.ForEach(masks, mask => Masks.KeepLargest(mask, maps.Box));
        return new SegmentationResult
        {
            Maps = maps,
            Structures = segmenter.Structures,
            Masks = masks,
            Measurements = [.. masks.Select((mask, s) => Measuring.Of(maps, s, mask, Provenance.Threshold))],
            Provenance = Provenance with { Seconds = seconds },
        };
    }
}
