using MRNet.Imaging.DataSets;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>A model, run on one case after another.</summary>
internal sealed class ModelPredictor : ICasePredictor
{
    private readonly LoadedModel model;
    private readonly IReadOnlyList<float>? weights;
    private readonly int[] structureOf;
    private readonly Lock oneAtATime = new(); // the network takes all cores by itself, and memory for one

    /// <exception cref="WeightsException">No such model.</exception>
    /// <exception cref="InvalidImageException">Its structures or raters are not those of the data set.</exception>
    public ModelPredictor(EvaluateOptions options, MultiRaterDataSet data, IReadOnlyCollection<int> structures)
    {
        var stored = options.Store().Find(options.Model!);
        structureOf = Match(stored.Descriptor, data, structures);
        weights = options.Scoring.Weights;
        if (weights is not null)
            Expertness.Of(weights, stored.Descriptor.Raters); // says what is wrong before anything is computed
        model = LoadedModel.Load(stored, options.Device);
    }

    public string Name => $"{model.Descriptor.Id} {model.Descriptor.Version}";

    public double Temperature => model.Descriptor.Temperature;

    public float Threshold => (float)model.Descriptor.Threshold;

    public int? NetworkSize => model.Descriptor.Preparation.Framing == Framing.Resize ? model.Descriptor.Preparation.Size : null;

    public CasePrediction Predict(MultiRaterCase one, Grid grid, Func<Volume> image, IReadOnlyCollection<int> structures, CancellationToken cancellation)
    {
        RaterMaps maps;
        lock (oneAtATime)
            maps = new Segmenter(model, TimeProvider.System).Segment(image(), new() { Expertness = weights }, null, cancellation).Maps;

        float[]? Of(int s, Func<int, float[]> map) => structures.Contains(s) ? Whole(maps, map(structureOf[s])) : null;
        return new([.. structureOf.Select((_, s) => Of(s, own => maps.Probability[own]))])
        {
            Uncertainty = [.. structureOf.Select((_, s) => Of(s, own => maps.Uncertainty[own]))],
            RaterMasks = [.. structureOf.Select((own, s) => structures.Contains(s) ? maps.RaterProbability.Select(rater => Mask(Whole(maps, rater[own]))).ToArray() : [])],
        };
    }

    public void Dispose() => model.Dispose();

    /// <summary>The model's structure for each of the data set's: by name, else the same place, else the only one there is.</summary>
    private static int[] Match(ModelDescriptor model, MultiRaterDataSet data, IReadOnlyCollection<int> structures)
    {
        string[] names = [.. model.Structures.Select(structure => structure.Label)];
        return [.. data.Structures.Select((name, s) => Array.FindIndex(names, own => own.Equals(name, StringComparison.OrdinalIgnoreCase)) switch
        {
            >= 0 and var same => same,
            _ when names.Length == data.Structures.Count => s,
            _ when names.Length == 1 && structures.Count == 1 => 0,
            _ when !structures.Contains(s) => 0,
            _ => throw new InvalidImageException($"Model {model.Id} outlines {string.Join(", ", names)}; the data set has {string.Join(", ", data.Structures)}. Choose one with --task, or another model."),
        })];
    }

    /// <summary>Maps are held for the box that was computed; scores want the whole case.</summary>
    private static float[] Whole(RaterMaps maps, float[] map)
    {
        if (maps.Box == maps.Grid.Whole)
            return map;
        var whole = new float[maps.Grid.Count];
        for (var z = 0; z < maps.Grid.Slices; z++)
            maps.CopySlice<float>(map, z, whole.AsSpan(z * maps.Grid.PixelsPerSlice, maps.Grid.PixelsPerSlice));
        return whole;
    }

    private byte[] Mask(float[] map)
    {
        var mask = new byte[map.Length];
        for (var i = 0; i < mask.Length; i++)
            mask[i] = map[i] >= Threshold ? (byte)1 : (byte)0;
        return mask;
    }
}
