using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Evaluation;

/// <summary>What is asked of a probability map before anything is counted.</summary>
public static class Probabilities
{
    /// <returns>True where any value is NaN: such a map has no score.</returns>
    public static bool AnyNaN(ReadOnlySpan<float> map)
    {
        var lanes = MemoryMarshal.Cast<float, Vector<float>>(map);
        foreach (var lane in lanes)
            if (!Vector.EqualsAll(lane, lane))
                return true;
        foreach (var value in map[(lanes.Length * Vector<float>.Count)..])
            if (float.IsNaN(value))
                return true;
        return false;
    }

    internal static void RefuseNaN(ReadOnlySpan<float> map)
    {
        if (AnyNaN(map))
            throw new ArgumentException("A probability is NaN; expected 0 to 1.", nameof(map));
    }
}
