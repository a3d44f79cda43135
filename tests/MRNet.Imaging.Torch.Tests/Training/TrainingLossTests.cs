using MRNet.Imaging.Model;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class TrainingLossTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();
    private readonly MultiRaterNetwork network = Some.Network();
    private readonly Batch batch = new(rand(2, 1, 32, 32), rand([2, 3, 1, 32, 32]).ge(0.6).to(ScalarType.Float32), ones([2, 3, 1]));
    private readonly Tensor expertness = Some.Weights(2, 3);

    public void Dispose()
    {
        network.Dispose();
        kept.Dispose();
    }

    [Fact]
    public void The_loss_is_equation_7()
    {
        using var off = no_grad();
        const double alpha = 0.7;

        var found = TrainingLoss.Of(network, batch, expertness, new() { Alpha = alpha }).item<float>();

        var output = network.call(batch.Images, expertness);
        var target = SoftTarget.Of(batch, expertness).Map;
        var d = network.Reconstruction.Encode(batch.Images, output.Coarse.sigmoid());
        var ofTruth = network.Reconstruction.Encode(batch.Images, target);
        var consistency = d.Zip(ofTruth, (a, b) => Numbers(a).Zip(Numbers(b), (x, y) => (x - y) * (x - y) / 2).Average()).Average();
        var wanted = Bce(output.Coarse, target) + Bce(output.Refined, target) + alpha * consistency + (1 - alpha) * Bce(output.Raters, batch.Masks);
        Assert.Equal(wanted, found, wanted * 1e-4);
    }

    [Theory]
    [InlineData(false, true), InlineData(true, false), InlineData(false, false)]
    public void A_term_that_is_left_out_is_missing_and_the_others_stay(bool reconstruction, bool consistency)
    {
        using var off = no_grad();
        double Loss(LossOptions options) => TrainingLoss.Of(network, batch, expertness, options).item<float>();
        var (whole, segmentation) = (Loss(new()), Loss(new() { Reconstruction = false, Consistency = false }));
        var (rec, con) = (Loss(new() { Consistency = false }) - segmentation, Loss(new() { Reconstruction = false }) - segmentation);

        var found = Loss(new() { Reconstruction = reconstruction, Consistency = consistency });

        Assert.True(rec > 0.01 && con > 0.001, $"rec {rec}, con {con}");
        Assert.Equal(segmentation + (reconstruction ? rec : 0) + (consistency ? con : 0), found, 1e-5);
        Assert.Equal(segmentation + rec + con, whole, 1e-5);
        Assert.Equal(0.3 * Bce(network.call(batch.Images, expertness).Raters, batch.Masks), rec, 1e-5);
    }

    [Fact]
    public void A_network_without_a_module_has_no_terms_of_it()
    {
        using var off = no_grad();
        using var coarseOnly = Some.Network(Some.Options() with { Reconstruction = false, Perception = false });
        using var withRaters = Some.Network(Some.Options() with { Perception = false });
        var target = SoftTarget.Of(batch, expertness).Map;

        Assert.Equal(Bce(coarseOnly.call(batch.Images, expertness).Coarse, target), TrainingLoss.Of(coarseOnly, batch, expertness, new()).item<float>(), 1e-5);

        var output = withRaters.call(batch.Images, expertness);
        Assert.Equal(
            Bce(output.Coarse, target) + 0.3 * Bce(output.Raters, batch.Masks),
            TrainingLoss.Of(withRaters, batch, expertness, new() { Consistency = false }).item<float>(), 1e-5);
    }

    [Fact]
    public void Cross_entropy_is_a_mean_over_what_is_known()
    {
        var logits = randn(2, 2, 4, 4);
        var target = rand(2, 2, 4, 4);

        var found = TrainingLoss.CrossEntropy(logits, target, tensor(new[] { 1f, 0, 0, 0 }, [2, 2])).item<float>();

        Assert.Equal(Bce(logits[0, 0], target[0, 0]), found, 1e-5);
        Assert.Equal(0, TrainingLoss.CrossEntropy(logits, target, zeros(2, 2)).item<float>());
    }

    /// <summary>In the published code it has no effect at all: there the reconstruction module gets a cut-off P1.</summary>
    [Fact]
    public void Consistency_reaches_the_first_layer_of_the_U_Net()
    {
        var found = Gradient(() => TrainingLoss.Of(network, batch, expertness, new() { Alpha = 1 }));

        var target = SoftTarget.Of(batch, expertness).Map;
        var segmentation = Gradient(() =>
        {
            var output = network.call(batch.Images, expertness);
            return nn.functional.binary_cross_entropy_with_logits(output.Coarse, target) + nn.functional.binary_cross_entropy_with_logits(output.Refined, target);
        });
        var consistency = Gradient(() =>
        {
            var d = network.Reconstruction.Encode(batch.Images, network.CoarseUNet.call(batch.Images, expertness).Coarse.sigmoid());
            var ofTruth = network.Reconstruction.Encode(batch.Images, target);
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

        TrainingLoss.Of(network, batch, expertness, new());
        twin.call(batch.Images, expertness);

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
