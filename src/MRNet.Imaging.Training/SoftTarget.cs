using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Training;

/// <summary>A map that a network should give, and where there is one; both are the caller's.</summary>
/// <param name="Map">(B, S, H, W), 0..1</param>
/// <param name="Known">(B, S), 1 where somebody who counts graded the structure, else 0: then the map is 0 and says nothing.</param>
public sealed record SoftTarget(Tensor Map, Tensor Known)
{
    /// <summary>Eq. 1: the sum of the masks, each times its rater's weight. Raters who did not grade a structure leave their weight to those who did.</summary>
    /// <param name="expertness">(B, R), rows sum to 1.</param>
    public static SoftTarget Of(Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var weights = expertness.unsqueeze(-1) * batch.Present;             // (B, R, S)
        var sum = weights.sum(1);                                           // (B, S)
        var map = einsum("brshw,brs->bshw", batch.Masks, weights / sum.AtLeast(1e-12).unsqueeze(1));
        return new(map.MoveToOuterDisposeScope(), sum.to(ScalarType.Bool).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>1 where at least half of those who graded marked the pixel, else 0.</summary>
    public static SoftTarget MajorityVote(Batch batch)
    {
        using var scope = NewDisposeScope();
        var graded = batch.Present.sum(1); // (B, S)
        var votes = (batch.Masks * batch.Present.unsqueeze(-1).unsqueeze(-1)).sum(1);
        var map = votes.ge(graded.AtLeast(1).Times(0.5).unsqueeze(-1).unsqueeze(-1)).to(ScalarType.Float32);
        return new(map.MoveToOuterDisposeScope(), graded.to(ScalarType.Bool).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>What one rater drew.</summary>
    /// <param name="rater">From 0.</param>
    public static SoftTarget OfRater(Batch batch, int rater) => new(batch.Masks.select(1, rater), batch.Present.select(1, rater));

    /// <summary>For each picture what one rater drew, drawn by torch's own generator from those who graded something.</summary>
    public static SoftTarget OfAnyRater(Batch batch)
    {
        using var scope = NewDisposeScope();
        var graded = batch.Present.amax([2]).AtLeast(1e-12);                                        // (B, R); a picture without any is not known
        var drawn = functional.one_hot(multinomial(graded, 1).squeeze(1), batch.Present.size(1)).to(ScalarType.Float32); // (B, R)
        var (map, known) = Of(batch, drawn);
        return new(map.MoveToOuterDisposeScope(), known.MoveToOuterDisposeScope());
    }
}
