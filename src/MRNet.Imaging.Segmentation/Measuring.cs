using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Segmentation;

/// <summary>Volumes and uncertainty of one structure.</summary>
internal static class Measuring
{
    /// <summary>Where the structure is at all possible; elsewhere the uncertainty is 0 and would only dilute the mean.</summary>
    private const float Possible = 0.05f;

    private const double Mm3PerMl = 1000;

    public static Measurement Of(RaterMaps maps, int s, byte[] mask, double threshold)
    {
        var voxels = (long)mask.Length - mask.AsSpan().Count((byte)0);
        var unit = maps.Grid.HasPatientSpace ? maps.Grid.VoxelVolumeMm3 / Mm3PerMl : 1;
        var (mean, max) = Uncertainty(maps, s);
        return new(
            maps.Structures[s],
            voxels,
            maps.Grid.HasPatientSpace ? voxels * unit : null,
            [.. maps.RaterProbability.Select(rater => Masks.Count(rater[s], threshold) * unit)],
            mean,
            max);
    }

    private static (double? Mean, double? Max) Uncertainty(RaterMaps maps, int s)
    {
        if (maps.Raters.Count == 0)
            return (null, null);

        float[][] says = [maps.Probability[s], .. maps.RaterProbability.Select(rater => rater[s])];
        var uncertainty = maps.Uncertainty[s].AsSpan();
        var sums = new Sums();
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(uncertainty);
        for (var i = 0; i < vectors.Length; i++)
            sums.Add(vectors[i], Largest(says, i * Vector<float>.Count));
        for (var i = vectors.Length * Vector<float>.Count; i < uncertainty.Length; i++)
            sums.Add(uncertainty[i], says.Max(map => map[i]));
        return (sums.Mean, sums.Max);
    }

    private static Vector<float> Largest(float[][] maps, int at)
    {
        var largest = new Vector<float>(maps[0], at);
        for (var m = 1; m < maps.Length; m++)
            largest = Vector.Max(largest, new Vector<float>(maps[m], at));
        return largest;
    }

    /// <summary>Of the uncertainties where the structure is possible, and the largest of all.</summary>
    private struct Sums
    {
        private double sum;
        private long count;
        private float max;

        public readonly double Mean => count == 0 ? 0 : sum / count;

        public readonly double Max => max;

        public void Add(Vector<float> uncertainty, Vector<float> probability)
        {
            if (Vector.GreaterThanAny(uncertainty, new Vector<float>(max)))
                for (var i = 0; i < Vector<float>.Count; i++)
                    max = Math.Max(max, uncertainty[i]);

            var possible = Vector.GreaterThanOrEqual(probability, new Vector<float>(Possible));
            if (possible == Vector<int>.Zero)
                return; // most of a volume
            Vector.Widen(Vector.ConditionalSelect(possible, uncertainty, Vector<float>.Zero), out var low, out var high);
            sum += Vector.Sum(low) + Vector.Sum(high);
            count -= Vector.Sum(possible);
        }

        public void Add(float uncertainty, float probability)
        {
            max = Math.Max(max, uncertainty);
            if (probability < Possible)
                return;
            sum += uncertainty;
            count++;
        }
    }
}
