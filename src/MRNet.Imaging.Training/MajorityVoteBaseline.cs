using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training;

/// <summary>
/// What a user would have without this project: the U-Net alone, trained on the raters' majority vote with the same
/// pictures, steps and step size.
/// </summary>
public static class MajorityVoteBaseline
{
    public static CoarseUNet Train(
        TrainingSlices training, NetworkOptions network, TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        random.manual_seed(options.Seed);
        var unet = new CoarseUNet(network);
        unet.train();
        var batches = new Batches(training, options);
        var steps = (long)batches.StepsPerEpoch * options.Epochs;
        using var optimizer = optim.Adam(unet.parameters(), options.LearningRate);

        var done = 0L;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
            foreach (var batch in batches.Epoch(epoch))
            {
                using var _ = batch;
                using var scope = NewDisposeScope();
                cancellation.ThrowIfCancellationRequested();

                var graded = batch.Present.sum(1).clamp_min(1).unsqueeze(-1).unsqueeze(-1);            // (B, S, 1, 1)
                var vote = (batch.Masks.sum(1) / graded).ge(0.5).to(ScalarType.Float32); // (B, S, H, W)
                var loss = binary_cross_entropy_with_logits(Logits(unet, batch.Images, network.Raters), vote);
                optimizer.zero_grad();
                loss.backward();
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = options.LearningRateAt(done, steps);
                optimizer.step();
                done++;
                progress?.Report(new(epoch + 1, (double)done / steps, loss.item<float>(), null));
            }

        return unet;
    }

    /// <summary>Soft Dice of its probability against the mean of the raters.</summary>
    public static Score Score(TrainingSlices data, CoarseUNet unet, CancellationToken cancellation)
    {
        unet.eval();
        return Scoring.Of(data, (image, expertness) => unet.call(image, expertness).Coarse.sigmoid(), cancellation);
    }

    /// <summary>Every rater counts the same: the U-Net's expertise module then adds a constant.</summary>
    private static Tensor Logits(CoarseUNet unet, Tensor images, int raters)
    {
        using var scope = NewDisposeScope();
        return unet.call(images, full([images.size(0), raters], 1f / raters)).Coarse.MoveToOuterDisposeScope();
    }
}
