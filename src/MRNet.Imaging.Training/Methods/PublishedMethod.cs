using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Training.Methods;

/// <summary>
/// MRNet as the published code trains it (jiwei0921/MRNet, commit a3e0165): the gradients are cut between the three modules, and
/// each step sees all three ways of weighting the raters. There every module has an Adam of its own; Adam treats each weight
/// for itself, so one over all of them is the same. It wants <see cref="WeightDecay"/>, a step size of 1e-4, and a whole network
/// (<see cref="NetworkOptions.Published"/>). Everything random is drawn by torch's own generator.
/// </summary>
public sealed class PublishedMethod(MultiRaterNetwork network) : ISegmentationMethod
{
    public const double WeightDecay = 5e-4;

    /// <summary>One way of weighting the raters, and how much it counts in the losses of the U-Net and of the perception module.</summary>
    private sealed record Strategy(Tensor Expertness, double Share);

    /// <summary>What the U-Net said, cut off from it.</summary>
    private sealed record Coarse(Tensor Logits, Tensor Features);

    public Module Network => network;

    /// <param name="expertness">Not used: the step draws its own.</param>
    public Tensor Loss(Batch batch, Tensor expertness)
    {
        using var scope = NewDisposeScope();

        Strategy[] strategies = [new(Equal(batch), 3.0 / 6), new(Integers(batch), 2.0 / 6), new(OneRater(batch), 1.0 / 6)];
        SoftTarget[] targets = [.. strategies.Select(strategy => SoftTarget.Of(batch, strategy.Expertness))];

        var (coarse, ofUNet) = TrainUNet(batch, strategies, targets);
        var (raters, ofReconstruction) = TrainReconstruction(batch, strategies, coarse);
        MoveStatistics(batch, coarse[0], targets[0]);
        var ofPerception = TrainPerception(strategies, targets, coarse, raters);
        return ofUNet.Plus(ofReconstruction).Plus(ofPerception).MoveToOuterDisposeScope();
    }

    public Tensor Predict(Tensor images, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        return network.call(images, expertness).Refined.sigmoid().MoveToOuterDisposeScope();
    }

    public void Dispose() => network.Dispose();

    /// <summary>The published loss is 0.7 times this and 0.3 times a consistency that has no gradient (see <see cref="MoveStatistics"/>); the factor is felt beside the weight decay.</summary>
    private (Coarse[] Coarse, Tensor Loss) TrainUNet(Batch batch, Strategy[] strategies, SoftTarget[] targets)
    {
        using var scope = NewDisposeScope();
        var outputs = strategies.Select(strategy => network.CoarseUNet.call(batch.Images, strategy.Expertness)).ToArray();
        var losses = outputs.Select((output, i) => TrainingLoss.CrossEntropy(output.Coarse, targets[i].Map, targets[i].Known).Times(0.7 * strategies[i].Share));
        var loss = stack(losses).sum().MoveToOuterDisposeScope();
        return ([.. outputs.Select(output => new Coarse(output.Coarse.detach().MoveToOuterDisposeScope(), output.Features.detach().MoveToOuterDisposeScope()))], loss);
    }

    /// <summary>Here the three ways count the same.</summary>
    private (Tensor[] Raters, Tensor Loss) TrainReconstruction(Batch batch, Strategy[] strategies, Coarse[] coarse)
    {
        using var scope = NewDisposeScope();
        var outputs = strategies.Select((strategy, i) => network.Reconstruction.call(batch.Images, network.CoarseFor(coarse[i].Logits), strategy.Expertness).Raters).ToArray();
        var loss = stack(outputs.Select(raters => TrainingLoss.CrossEntropy(raters, batch.Masks, batch.Present))).mean().MoveToOuterDisposeScope();
        return ([.. outputs.Select(raters => raters.detach().MoveToOuterDisposeScope())], loss);
    }

    /// <summary>
    /// The published code computes a consistency of which no gradient reaches anything: P1 is cut off, and what it leaves in the
    /// reconstruction module is cleared before the next step. What it does do is move the running statistics twice.
    /// </summary>
    private void MoveStatistics(Batch batch, Coarse coarse, SoftTarget target)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        network.Reconstruction.Encode(batch.Images, network.CoarseFor(coarse.Logits));
        network.Reconstruction.Encode(batch.Images, target.Map);
    }

    private Tensor TrainPerception(Strategy[] strategies, SoftTarget[] targets, Coarse[] coarse, Tensor[] raters)
    {
        using var scope = NewDisposeScope();
        int[] seen = [1, 1, 2]; // with equal raters the published code hands over the P1 of the random weights
        var losses = strategies.Select((strategy, i) =>
        {
            var refined = network.Refine(coarse[seen[i]].Logits, coarse[i].Features, raters[i]).Refined;
            return TrainingLoss.CrossEntropy(refined, targets[i].Map, targets[i].Known).Times(strategy.Share);
        });
        return stack(losses).sum().MoveToOuterDisposeScope();
    }

    private static Tensor Equal(Batch batch) => Normalised(Graded(batch));

    /// <summary>Integers 1..10, made to sum to 1.</summary>
    private static Tensor Integers(Batch batch)
    {
        using var scope = NewDisposeScope();
        var graded = Graded(batch);
        return Normalised(graded * randint(1, 11, graded.shape, ScalarType.Float32, graded.device)).MoveToOuterDisposeScope();
    }

    private static Tensor OneRater(Batch batch)
    {
        using var scope = NewDisposeScope();
        var graded = Graded(batch);
        return functional.one_hot(multinomial(graded.AtLeast(1e-12), 1).squeeze(1), graded.size(1)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <returns>(B, R), 1 where the rater graded something.</returns>
    private static Tensor Graded(Batch batch) => batch.Present.amax([2]);

    private static Tensor Normalised(Tensor weights)
    {
        using var scope = NewDisposeScope();
        return (weights / weights.sum(1, keepdim: true).AtLeast(1e-12)).MoveToOuterDisposeScope();
    }
}
