using System.Numerics.Tensors;

namespace MRNet.Imaging.Segmentation;

/// <summary>One slice of all maps of a result, in the order in which the network gives them: S probabilities, and but for a preview S uncertainties, then S for each rater.</summary>
internal readonly struct SliceOfMaps(RaterMaps maps, int z)
{
    public int Count => (maps.Raters.Count == 0 ? 1 : 2 + maps.Raters.Count) * maps.Structures.Count;

    /// <summary>(H, W) of the box.</summary>
    public Span<float> this[int index]
    {
        get
        {
            var structures = maps.Structures.Count;
            var (kind, s) = (index / structures, index % structures);
            var map = kind switch
            {
                0 => maps.Probability[s],
                1 => maps.Uncertainty[s],
                _ => maps.RaterProbability[kind - 2][s],
            };
            var size = maps.Box.PixelsPerSlice;
            return map.AsSpan(checked(z * size), size);
        }
    }

    public void Clear()
    {
        for (var m = 0; m < Count; m++)
            this[m].Clear();
    }

    /// <summary>Cuts what blending and resampling leave a rounding above the range: 0..1, for an uncertainty 0..0.5.</summary>
    public void Cut()
    {
        for (var m = 0; m < Count; m++)
            TensorPrimitives.Min(this[m], m / maps.Structures.Count == 1 ? 0.5f : 1f, this[m]);
    }
}
