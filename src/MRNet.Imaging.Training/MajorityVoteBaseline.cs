using MRNet.Imaging.Model;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training;

/// <summary>
/// What a user would have without this project: the U-Net alone, trained on the raters' majority vote with the same
/// pictures, steps and step size.
/// </summary>
public static class MajorityVoteBaseline
{
    public static ISegmentationMethod Train(
        RaterSlices training, NetworkOptions network, TrainingOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        random.manual_seed(options.Seed);
        var method = new SingleMapMethod(new PlainUNet(network), SoftTarget.MajorityVote);
        method.Network.train();
        var batches = new Batches(training, options);
        var steps = (long)batches.StepsPerEpoch * options.Epochs;
        using var optimizer = optim.Adam(method.Network.parameters(), options.LearningRate);

        var done = 0L;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
            foreach (var batch in batches.Epoch(epoch))
            {
                using var _ = batch;
                using var scope = NewDisposeScope();
                cancellation.ThrowIfCancellationRequested();

                var loss = method.Loss(batch, full([batch.Images.size(0), network.Raters], 1f / network.Raters));
                optimizer.zero_grad();
                loss.backward();
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = options.LearningRateAt(done, steps);
                optimizer.step();
                done++;
                progress?.Report(new(epoch + 1, (double)done / steps, loss.item<float>(), null));
            }

        return method;
    }

    /// <summary>Soft Dice of its probability against the mean of the raters.</summary>
    public static Score Score(RaterSlices data, ISegmentationMethod method, CancellationToken cancellation)
    {
        method.Network.eval();
        return Scoring.Of(data, method.Predict, cancellation);
    }
}
