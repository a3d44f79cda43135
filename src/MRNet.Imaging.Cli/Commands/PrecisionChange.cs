namespace MRNet.Imaging.Cli.Commands;

/// <summary>How far maps that were computed in lower precision are from those in single precision.</summary>
internal sealed class PrecisionChange
{
    private const float Inside = 0.5f;

    private readonly Difference probability = new();
    private readonly Difference raters = new();
    private readonly Difference uncertainty = new();
    private long sides;

    public void Add(RaterMaps wanted, RaterMaps found)
    {
        for (var s = 0; s < wanted.Structures.Count; s++)
        {
            probability.Add(wanted.Probability[s], found.Probability[s]);
            uncertainty.Add(wanted.Uncertainty[s], found.Uncertainty[s]);
            for (var r = 0; r < wanted.Raters.Count; r++)
                raters.Add(wanted.RaterProbability[r][s], found.RaterProbability[r][s]);
            for (var i = 0; i < wanted.Probability[s].Length; i++)
                sides += wanted.Probability[s][i] >= Inside == found.Probability[s][i] >= Inside ? 0 : 1;
        }
    }

    public override string ToString() => FormattableString.Invariant(
        $"""
        probability        off by {probability}
        raters             off by {raters}
        uncertainty        off by {uncertainty}
        voxels that change sides at 0.5: {100.0 * sides / probability.Count:0.0000} %
        """);

    private sealed class Difference
    {
        private double sum;
        private float largest;

        public long Count { get; private set; }

        public void Add(float[] wanted, float[] found)
        {
            for (var i = 0; i < wanted.Length; i++)
            {
                var difference = Math.Abs(wanted[i] - found[i]);
                largest = Math.Max(largest, difference);
                sum += difference;
            }

            Count += wanted.Length;
        }

        public override string ToString() => FormattableString.Invariant($"{largest:0.00000} at most, {sum / Count:0.0000000} in the mean");
    }
}
