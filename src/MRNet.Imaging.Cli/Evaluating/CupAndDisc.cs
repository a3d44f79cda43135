using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>The cup-to-disc ratio of a case, where the data set has both.</summary>
internal static class CupAndDisc
{
    public static CupToDiscRange? Of(MultiRaterDataSet data, LoadedCase loaded, float threshold)
    {
        var (cup, disc) = (Find(data, "cup"), Find(data, "disc"));
        if (cup < 0 || disc < 0 || loaded.Prediction.Probability[cup] is not { } cupMap || loaded.Prediction.Probability[disc] is not { } discMap || loaded.Masks.Grid.Slices > 1)
            return null;
        return CupToDiscRange.Of(
            AtLeast(cupMap, threshold), AtLeast(discMap, threshold), loaded.MasksOf(cup), loaded.MasksOf(disc),
            loaded.Masks.Grid.Columns, loaded.Masks.Grid.HasPatientSpace ? loaded.Masks.Grid.SpacingMm.Y : null);
    }

    private static int Find(MultiRaterDataSet data, string name) =>
        Enumerable.Range(0, data.Structures.Count).FirstOrDefault(s => data.Structures[s].Contains(name, StringComparison.OrdinalIgnoreCase), -1);

    private static byte[] AtLeast(float[] map, float threshold) => [.. map.Select(value => value >= threshold ? (byte)1 : (byte)0)];
}
