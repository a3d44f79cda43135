using MRNet.Imaging.Model;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class TrainingLossTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();
    private readonly MultiRaterNetwork network = Some.Network();
    private readonly Tensor image = rand(2, 1, 32, 32);
    private readonly Tensor masks = rand([2, 3, 1, 32, 32]).ge(0.6).to(ScalarType.Float32);
    private readonly Tensor expertness = Some.Weights(2, 3);

    public void Dispose()
    {
        network.Dispose();
        kept.Dispose();
    }

    [Fact]
    public void The_target_is_the_weighted_sum_of_the_masks()
    {
        var grades = tensor(new[] { 1f, 0, 1, 1, 0, 0 }, [1, 3, 1, 1, 2]); // raters {1 0}, {1 1}, {0 0}

        var target = TrainingLoss.Target(grades, tensor(new[] { 0.5f, 0.3f, 0.2f }, [1, 3]));

        Assert.Equal([1, 1, 1, 2], target.shape);
        Assert.Equal([0.8f, 0.3f], target.data<float>().ToArray());
    }

    [Fact]
    public void The_loss_is_equation_7()
    {
        using var off = no_grad();
        const double alpha = 0.7;

        var found = TrainingLoss.Of(network, image, masks, expertness, alpha).item<float>();

        var output = network.call(image, expertness);
        var target = TrainingLoss.Target(masks, expertness);
        var d = network.Reconstruction.Encode(image, output.Coarse.sigmoid());
        var ofTruth = network.Reconstruction.Encode(image, target);
        var consistency = d.Zip(ofTruth, (a, b) => Numbers(a).Zip(Numbers(b), (x, y) => (x - y) * (x - y) / 2).Average()).Average();
        var wanted = Bce(output.Coarse, target) + Bce(output.Refined, target) + alpha * consistency + (1 - alpha) * Bce(output.Raters, masks);
        Assert.Equal(wanted, found, wanted * 1e-4);
    }

    /// <summary>In the published code it has no effect at all: there the reconstruction module gets a cut-off P1.</summary>
    [Fact]
    public void Consistency_reaches_the_first_layer_of_the_U_Net()
    {
        var found = Gradient(() => TrainingLoss.Of(network, image, masks, expertness, alpha: 1));

        var target = TrainingLoss.Target(masks, expertness);
        var segmentation = Gradient(() =>
        {
            var output = network.call(image, expertness);
            return nn.functional.binary_cross_entropy_with_logits(output.Coarse, target) + nn.functional.binary_cross_entropy_with_logits(output.Refined, target);
        });
        var consistency = Gradient(() =>
        {
            var d = network.Reconstruction.Encode(image, network.CoarseUNet.call(image, expertness).Coarse.sigmoid());
            var ofTruth = network.Reconstruction.Encode(image, target);
            return stack(d.Zip(ofTruth, (a, b) => (a - b.detach()).square().mean() / 2)).mean();
        });
        Assert.True(consistency.norm().item<float>() > 0);
        Close.To(consistency, found - segmentation, tolerance: 1e-2); // the small difference of two float32 gradients
    }

    [Fact]
    public void The_passes_of_the_truth_leave_the_running_statistics()
    {
        using var off = no_grad();
        using var twin = new MultiRaterNetwork(network.Options);
        twin.load_state_dict(network.state_dict());
        network.train();
        twin.train();

        TrainingLoss.Of(network, image, masks, expertness, alpha: 0.7);
        twin.call(image, expertness);

        foreach (var (name, wanted) in twin.state_dict().Where(pair => pair.Key.Contains("running", StringComparison.Ordinal)))
            Close.To(wanted, network.state_dict()[name]);
    }

    /// <returns>Of the U-Net's first layer.</returns>
    private Tensor Gradient(Func<Tensor> loss)
    {
        network.zero_grad();
        loss().backward();
        return network.named_parameters().Single(p => p.name == "unet.rn.0.weight").parameter.grad!.clone();
    }

    private static double Bce(Tensor logits, Tensor target) =>
        Numbers(logits).Zip(Numbers(target), (x, t) => -(t * -Math.Log(1 + Math.Exp(-x)) + (1 - t) * -Math.Log(1 + Math.Exp(x)))).Average();

    private static double[] Numbers(Tensor x) => x.to(ScalarType.Float64).contiguous().data<double>().ToArray();
}
