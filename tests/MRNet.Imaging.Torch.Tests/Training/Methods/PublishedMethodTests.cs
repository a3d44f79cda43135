using MRNet.Imaging.Model;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Torch.Tests.Training.Methods;

/// <summary>The published code's way of training.</summary>
public sealed class PublishedMethodTests : IDisposable
{
    private static readonly NetworkOptions Options = NetworkOptions.Published(raters: 3, structures: 1, channels: 1, width: 4);

    private readonly DisposeScope kept = NewDisposeScope();
    private readonly Batch batch = new(rand(4, 1, 32, 32), rand([4, 3, 1, 32, 32]).ge(0.6).to(ScalarType.Float32), ones([4, 3, 1]));

    public void Dispose() => kept.Dispose();

    [Theory]
    [InlineData("mrm.", "unet."), InlineData("mpm.", "unet."), InlineData("mpm.", "mrm.")]
    public void A_module_does_not_feel_those_after_it(string changed, string watched)
    {
        using var network = Fresh();
        var before = Gradients(network, watched);

        using (no_grad())
            foreach (var (name, weight) in network.named_parameters().Where(p => p.name.StartsWith(changed, StringComparison.Ordinal)))
                weight.mul_(1.5).add_(0.01);

        Assert.True(before.norm().item<float>() > 0);
        Close.To(before, Gradients(network, watched));
    }

    [Fact]
    public void A_module_feels_those_before_it()
    {
        using var network = Fresh();
        var before = Gradients(network, "mpm.");

        using (no_grad())
            foreach (var (name, weight) in network.named_parameters().Where(p => p.name.StartsWith("unet.", StringComparison.Ordinal)))
                weight.mul_(1.5);

        Assert.True(Close.Difference(Gradients(network, "mpm."), before) > 1e-3);
    }

    [Fact]
    public void The_U_Net_learns_by_three_to_two_to_one_and_seven_tenths()
    {
        using var network = Fresh();
        var weights = Drawn(network);

        var found = Gradients(network, "unet.");

        network.zero_grad();
        var losses = weights.Zip([3, 2, 1], (expertness, share) =>
            share * nn.functional.binary_cross_entropy_with_logits(network.CoarseUNet.call(batch.Images, expertness).Coarse, SoftTarget.Of(batch, expertness).Map));
        (0.7 * stack(losses).sum() / 6).backward();
        Close.To(Flat(network, "unet."), found, tolerance: 1e-4);
    }

    [Fact]
    public void A_step_sees_equal_raters_integer_weights_and_one_rater()
    {
        using var network = Fresh();

        var (equal, integers, one) = Drawn(network) switch { [var a, var b, var c] => (a, b, c), _ => throw new InvalidOperationException() };

        Close.To(full([4, 3], 1f / 3), equal);
        Close.To(ones(4), integers.sum(1));
        Assert.True(Enumerable.Range(0, 4).All(picture => IsRatioOfIntegers(integers[picture].data<float>().ToArray())));
        Assert.True(integers.std([1]).max().item<float>() > 0);
        Assert.Equal(4, one.max(1).values.sum().item<float>());
        Assert.Equal(4, one.sum().item<float>());
    }

    [Fact]
    public void One_Adam_over_all_is_three_Adams()
    {
        using var one = Fresh();
        using var three = Fresh();
        using var adam = Adam(one, "");
        using var ofUNet = Adam(three, "unet.");
        using var ofReconstruction = Adam(three, "mrm.");
        using var ofPerception = Adam(three, "mpm.");

        for (var step = 0; step < 3; step++)
        {
            Step(one, step, adam);
            Step(three, step, ofUNet, ofReconstruction, ofPerception);
        }

        foreach (var (name, wanted) in three.state_dict())
            Assert.True(one.state_dict()[name].equal(wanted).all().item<bool>(), name);
    }

    /// <summary>Three passes with gradients, and two of the consistency that has none.</summary>
    [Fact]
    public void The_pass_of_the_truth_moves_the_running_statistics_as_in_the_published_code()
    {
        using var network = Fresh();
        using var method = new PublishedMethod(network);
        var passes = 0;
        var norm = (nn.Module<Tensor, Tensor>)network.Reconstruction.named_children().Single(child => child.name == "bn1_1").module;
        norm.register_forward_hook((_, _, y) =>
        {
            passes++;
            return y;
        });

        using var off = no_grad();
        method.Loss(batch, zeros(0));

        Assert.Equal(5, passes);
    }

    private static MultiRaterNetwork Fresh()
    {
        manual_seed(11);
        var network = new MultiRaterNetwork(Options);
        network.train();
        return network;
    }

    private static TorchSharp.Modules.Adam Adam(MultiRaterNetwork network, string module) => optim.Adam(
        network.named_parameters().Where(p => p.name.StartsWith(module, StringComparison.Ordinal)).Select(p => p.parameter), 1e-3, weight_decay: PublishedMethod.WeightDecay);

    private void Step(MultiRaterNetwork network, int step, params optim.Optimizer[] optimizers)
    {
        using var scope = NewDisposeScope();
        manual_seed(step);
        network.zero_grad();
        new PublishedMethod(network).Loss(batch, zeros(0)).backward();
        foreach (var optimizer in optimizers)
            optimizer.step();
    }

    /// <summary>The weights that a step puts before the U-Net.</summary>
    private Tensor[] Drawn(MultiRaterNetwork network)
    {
        var seen = new List<Tensor>();
        var hook = network.CoarseUNet.register_forward_pre_hook((_, image, expertness) =>
        {
            seen.Add(expertness.clone().DetachFromDisposeScope());
            return (image, expertness);
        });
        Gradients(network, "unet.");
        hook.remove();
        return [.. seen];
    }

    private Tensor Gradients(MultiRaterNetwork network, string module)
    {
        manual_seed(5);
        network.zero_grad();
        new PublishedMethod(network).Loss(batch, zeros(0)).backward();
        return Flat(network, module);
    }

    private static Tensor Flat(MultiRaterNetwork network, string module) =>
        cat([.. network.named_parameters().Where(p => p.name.StartsWith(module, StringComparison.Ordinal) && p.parameter.grad is not null).Select(p => p.parameter.grad!.flatten())]);

    private static bool IsRatioOfIntegers(float[] weights) => Enumerable.Range(3, 28).Any(sum =>
        weights.All(weight => Math.Abs(weight * sum - Math.Round(weight * sum)) < 1e-3 && Math.Round(weight * sum) is >= 1 and <= 10));
}
