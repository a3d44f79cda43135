using MRNet.Imaging.Model;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Torch.Tests.Training.Methods;

/// <summary>What all methods of the paper's tables have in common.</summary>
public sealed class SegmentationMethodsTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();

    public static TheoryData<string> Names => [.. SegmentationMethods.Names(raters: 3)];

    public void Dispose() => kept.Dispose();

    [Fact]
    public void Every_rater_has_a_method() => Assert.Equal(
        ["mrnet", "mrnet-published", "m1", "m2", "m3", "mv-unet", "ls-unet", "mh-unet", "fcn", "mc-dropout"], SegmentationMethods.Names(raters: 3));

    [Theory]
    [InlineData("m0"), InlineData("m4"), InlineData("m"), InlineData("m1.0"), InlineData("u-net"), InlineData("")]
    public void An_unknown_method_is_refused_with_those_there_are(string name)
    {
        var error = Assert.Throws<InvalidImageException>(() => SegmentationMethods.Create(name, Some.Options()));

        Assert.Contains($"no method '{name}'; expected one of mrnet, mrnet-published, m1, m2, m3, mv-unet", error.Message);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Answers_with_a_probability_for_each_structure(string name)
    {
        using var off = no_grad();
        using var method = Create(name, structures: 2);
        method.Network.eval();

        var found = method.Predict(rand(2, 1, 32, 64), Some.Weights(2, 3));

        Assert.Equal([2, 2, 32, 64], found.shape);
        Assert.InRange(found.min().item<float>(), 0, 1);
        Assert.InRange(found.max().item<float>(), 0, 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Learns(string name)
    {
        using var method = Create(name);
        using var optimizer = optim.Adam(method.Network.parameters(), 3e-3);
        using var batch = new Batches(Some.Discs(4), new() { BatchSize = 4, Augmentation = Augmentation.None }).Epoch(0).Single();
        method.Network.train();

        var losses = Enumerable.Range(0, 16).Select(_ =>
        {
            using var scope = NewDisposeScope();
            var loss = method.Loss(batch, Some.Weights(4, 3));
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();
            return loss.item<float>();
        }).ToArray();

        Assert.True(losses[^3..].Average() < 0.85 * losses[..3].Average(), $"loss from {losses[0]:0.000} to {losses[^1]:0.000}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_stands_in_the_place_of_a_missing_mask_changes_nothing(string name)
    {
        using var off = no_grad();
        using var method = Create(name, structures: 2);
        method.Network.train();
        var present = ones([2, 3, 2]);
        present[0, 1] = 0; // one grader missing, and all of one structure
        present.narrow(0, 1, 1).narrow(2, 1, 1).zero_();
        var masks = rand([2, 3, 2, 32, 32]).ge(0.7).to(ScalarType.Float32);
        var other = where(present.unsqueeze(-1).unsqueeze(-1).expand_as(masks).gt(0), masks, 1 - masks);
        var (image, expertness) = (rand(2, 1, 32, 32), tensor(new[] { 0.4f, 0, 0.6f, 0.2f, 0.3f, 0.5f }, [2, 3]));

        var losses = new[] { masks, other }.Select(drawn =>
        {
            manual_seed(5);
            return method.Loss(new(image, drawn, present), expertness).item<float>();
        }).ToArray();

        Assert.True(float.IsFinite(losses[0]) && losses[0] > 0);
        Assert.Equal(losses[0], losses[1], 1e-6);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Leaves_only_what_it_returns(string name)
    {
        using var method = Create(name);
        using var batch = new Batches(Some.Discs(2), new() { BatchSize = 2 }).Epoch(0).Single();
        var expertness = Some.Weights(2, 3);
        using var off = no_grad();

        using (var scope = NewDisposeScope())
        {
            method.Loss(batch, expertness);
            Assert.Equal(1, scope.DisposablesCount);
        }

        using (var scope = NewDisposeScope())
        {
            method.Predict(batch.Images, expertness);
            Assert.Equal(1, scope.DisposablesCount);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Starts_from_what_it_is_told(string name)
    {
        using var off = no_grad();
        using var method = Create(name);
        using var twin = Create(name);
        if (method.Network is not IStartsFrom network)
            throw new InvalidOperationException($"{name} cannot be told.");

        network.StartFrom(0.001);
        method.Network.eval();
        twin.Network.eval();

        var (image, expertness) = (zeros(1, 1, 32, 32), Some.Weights(1, 3));
        Assert.True(method.Predict(image, expertness).mean().item<float>() < 0.5 * twin.Predict(image, expertness).mean().item<float>());
    }

    [Theory]
    [InlineData("mv-unet"), InlineData("m2"), InlineData("ls-unet"), InlineData("fcn"), InlineData("mc-dropout")]
    public void A_single_map_does_not_know_of_the_raters(string name)
    {
        using var off = no_grad();
        using var method = Create(name);
        method.Network.eval();
        var image = rand(1, 1, 32, 32);

        var answers = new[] { new[] { 1f, 0, 0 }, [0, 0, 1f] }.Select(weights =>
        {
            manual_seed(5);
            return method.Predict(image, tensor(weights, [1, 3]));
        }).ToArray();

        Assert.Equal(0, Close.Difference(answers[0], answers[1]));
    }

    [Fact]
    public void The_heads_of_the_multi_head_U_Net_are_its_raters()
    {
        using var off = no_grad();
        using var method = Create("mh-unet", structures: 2);
        method.Network.eval();
        var image = rand(1, 1, 32, 32);
        var one = method.Predict(image, tensor(new[] { 1f, 0, 0 }, [1, 3]));
        var three = method.Predict(image, tensor(new[] { 0f, 0, 1 }, [1, 3]));

        var both = method.Predict(image, tensor(new[] { 0.25f, 0, 0.75f }, [1, 3]));

        Assert.True(Close.Difference(one, three) > 1e-3);
        Close.To(0.25 * one + 0.75 * three, both);
    }

    [Fact]
    public void Monte_Carlo_dropout_spreads_and_plain_evaluation_does_not()
    {
        using var off = no_grad();
        using var method = new MonteCarloDropout(Some.Options() with { Expertise = ExpertiseUse.None }, passes: 8);
        method.Network.eval();
        var image = rand(1, 1, 32, 32);

        var (probability, spread) = method.Sample(image);

        Assert.InRange(probability.mean().item<float>(), 0, 1);
        Assert.True(spread.mean().item<float>() > 1e-4);
        var network = (PlainUNet)method.Network;
        Assert.Equal(0, Close.Difference(network.call(image), network.call(image)));
    }

    private static ISegmentationMethod Create(string name, int structures = 1)
    {
        manual_seed(1);
        return SegmentationMethods.Create(name, Some.Options(structures: structures));
    }
}
