using MRNet.Imaging.Model;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

/// <summary>Our Adam against torch's.</summary>
public sealed class AdamTests : IDisposable
{
    private const double StepSize = 1e-2;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0), InlineData(5e-2)]
    public void Takes_the_steps_of_torch(double weightDecay)
    {
        using var ours = Fresh();
        using var theirs = Fresh();
        using var adam = new Adam(ours, weightDecay);
        using var torchs = optim.Adam(theirs.parameters(), StepSize, weight_decay: weightDecay);

        for (var step = 0; step < 20; step++)
        {
            adam.ClearGradients();
            torchs.zero_grad();
            Backward(ours, step);
            Backward(theirs, step);
            adam.Step(StepSize);
            torchs.step();
        }

        Same(theirs, ours, tolerance: 1e-5);
    }

    [Fact]
    public void Goes_on_where_it_was_saved()
    {
        using var one = Fresh();
        using var other = Fresh();
        using var whole = new Adam(one);
        using var before = new Adam(other);
        using var after = new Adam(other);

        Steps(whole, one, 0, 6);
        Steps(before, other, 0, 3);
        before.Save(folder["adam.safetensors"]);
        after.Load(folder["adam.safetensors"], before.Done);
        Steps(after, other, 3, 6);

        Same(one, other, tolerance: 0);
    }

    [Fact]
    public void Refuses_the_state_of_another_network()
    {
        using var network = Fresh();
        using var wider = new PlainUNet(Some.Options(width: 8) with { Expertise = ExpertiseUse.None });
        using (var other = new Adam(wider))
            other.Save(folder["adam.safetensors"]);
        using var adam = new Adam(network);

        Assert.Throws<WeightsException>(() => adam.Load(folder["adam.safetensors"], 1));
    }

    [Fact]
    public void Leaves_a_weight_that_the_loss_does_not_reach()
    {
        using var network = Fresh();
        using var adam = new Adam(network, weightDecay: 0.1);
        using var before = network.parameters().First().clone();

        adam.Step(StepSize);

        Assert.True(before.equal(network.parameters().First()).all().item<bool>());
    }

    private static void Steps(Adam adam, PlainUNet network, int from, int to)
    {
        for (var step = from; step < to; step++)
        {
            adam.ClearGradients();
            Backward(network, step);
            adam.Step(StepSize);
        }
    }

    private static void Backward(PlainUNet network, int step)
    {
        using var scope = NewDisposeScope();
        manual_seed(step);
        network.call(rand(2, 1, 32, 32)).square().mean().backward();
    }

    private static void Same(PlainUNet wanted, PlainUNet found, double tolerance)
    {
        using var scope = NewDisposeScope();
        var values = found.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        foreach (var (name, value) in wanted.named_parameters())
            Assert.True((value - values[name]).abs().max().item<float>() <= tolerance, name);
    }

    private static PlainUNet Fresh()
    {
        manual_seed(7);
        return new(Some.Options(width: 4) with { Expertise = ExpertiseUse.None });
    }
}
