namespace MRNet.Imaging.Segmentation;

/// <summary>Masks from probabilities.</summary>
public static class Masks
{
    /// <returns>1 where the map is at or above the threshold, else 0.</returns>
    public static byte[] AtLeast(float[] map, double threshold)
    {
        var (mask, limit) = (new byte[map.Length], (float)threshold);
        for (var i = 0; i < map.Length; i++)
            mask[i] = map[i] >= limit ? (byte)1 : (byte)0;
        return mask;
    }
}

/// <summary>Volumes and uncertainty of one structure.</summary>
internal static class Measuring
{
    /// <summary>Where the structure is at all possible; elsewhere the uncertainty is 0 and would only dilute the mean.</summary>
    private const float Possible = 0.05f;

    private const double Mm3PerMl = 1000;

    public static Measurement Of(RaterMaps maps, int s, byte[] mask, double threshold)
    {
        var voxels = mask.LongCount(value => value != 0);
        var unit = maps.Grid.HasPatientSpace ? maps.Grid.VoxelVolumeMm3 / Mm3PerMl : 1;
        var (mean, max) = Uncertainty(maps, s);
        return new(
            maps.Structures[s],
            voxels,
            maps.Grid.HasPatientSpace ? voxels * unit : null,
            [.. maps.RaterProbability.Select(rater => Count(rater[s], threshold) * unit)],
            mean,
            max);
    }

    private static long Count(float[] map, double threshold)
    {
        var (count, limit) = (0L, (float)threshold);
        foreach (var value in map)
            count += value >= limit ? 1 : 0;
        return count;
    }

    private static (double? Mean, double? Max) Uncertainty(RaterMaps maps, int s)
    {
        if (maps.Raters.Count == 0)
            return (null, null);

        var (probability, uncertainty) = (maps.Probability[s], maps.Uncertainty[s]);
        float[][] raters = [.. maps.RaterProbability.Select(rater => rater[s])];
        var (sum, count, max) = (0.0, 0L, 0f);
        for (var i = 0; i < uncertainty.Length; i++)
        {
            max = Math.Max(max, uncertainty[i]);
            if (probability[i] < Possible && !AnyRater(i))
                continue;
            sum += uncertainty[i];
            count++;
        }

        return (count == 0 ? 0 : sum / count, max);

        bool AnyRater(int i)
        {
            foreach (var rater in raters)
                if (rater[i] >= Possible)
                    return true;
            return false;
        }
    }
}
