namespace MRNet.Imaging.Evaluation;

/// <summary>What STAPLE makes of one case.</summary>
public sealed class StapleResult
{
    private readonly RaterVotes votes;
    private readonly Staple.RaterQuality quality;

    internal StapleResult(RaterVotes votes, Staple.RaterQuality quality, double prior, int iterations, bool converged)
    {
        (this.votes, this.quality, Prior, Iterations, Converged) = (votes, quality, prior, iterations, converged);
        Raters = [.. votes.Present.Select((slot, rater) => new RaterEstimate(slot, quality.Sensitivity[rater], quality.Specificity[rater], F1(rater)))];
    }

    /// <summary>Those who graded.</summary>
    public IReadOnlyList<RaterEstimate> Raters { get; }

    /// <summary>Share of voxels assumed inside before anyone looked.</summary>
    public double Prior { get; }

    public int Iterations { get; }

    public bool Converged { get; }

    /// <summary>Probability of each voxel to be truly inside.</summary>
    public float[] Probability() => votes.Map(bits => (float)quality.Inside(bits, Prior));

    /// <summary>V of this case: see <see cref="Staple.Expertness"/>.</summary>
    public float[] Expertness() => Staple.Expertness([Raters], votes.Slots);

    /// <summary>2 |drawn and true| / (|drawn| + |true|), the truth counted by its probability.</summary>
    private double F1(int rater)
    {
        var (drawn, inside, both) = (0.0, 0.0, 0.0);
        foreach (var combination in votes.Combinations)
        {
            var probable = combination.Count * quality.Inside(combination.Bits, Prior);
            inside += probable;
            drawn += combination.Has(rater) ? combination.Count : 0;
            both += combination.Has(rater) ? probable : 0;
        }

        return drawn + inside == 0 ? 1 : 2 * both / (drawn + inside);
    }
}

/// <summary>How good STAPLE thinks a rater is.</summary>
/// <param name="Rater">Slot of the rater, from 0.</param>
/// <param name="Sensitivity">Probability that the rater marks a voxel that is truly inside.</param>
/// <param name="Specificity">Probability that the rater leaves one that is truly outside.</param>
/// <param name="F1">Harmonic mean of sensitivity and of the share of marked voxels that are truly inside.</param>
public sealed record RaterEstimate(int Rater, double Sensitivity, double Specificity, double F1);
