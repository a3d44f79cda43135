using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Torch.Tests.Model;

public sealed class MultiRaterNetworkTests
{
    [Fact]
    public void Names_and_shapes_are_those_of_the_published_weights()
    {
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));

        var wanted = File.ReadAllLines(Repository.TestData("model", "published-names.txt"))
            .Where(line => !line.StartsWith("unet.up_c", StringComparison.Ordinal)); // never used by the published code
        var found = network.state_dict().Select(pair => $"{pair.Key} ({string.Join(", ", pair.Value.shape)})");
        Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, 1, 1, 4), InlineData(7, 3, 4, 8), InlineData(2, 2, 1, 12), InlineData(5, 1, 16, 4)]
    public void Any_numbers_of_raters_structures_and_channels_work(int raters, int structures, int channels, int width)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Eval(NetworkOptions.Paper(raters, structures, channels, width));

        var output = network.call(rand(2, channels, 32, 64), Some.Weights(2, raters));

        Assert.Equal([2, structures, 32, 64], output.Coarse.shape);
        Assert.Equal([2, raters, structures, 32, 64], output.Raters.shape);
        Assert.Equal([2, structures, 32, 64], output.Uncertainty.shape);
        Assert.Equal([2, structures, 32, 64], output.Refined.shape);
        Assert.True(output.Refined.isfinite().all().item<bool>());
    }

    [Fact]
    public void Pictures_need_not_be_square()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Some.Network();

        using var output = network.call(rand(1, 1, 96, 160), Some.Weights(1, 3));

        Assert.Equal([1, 1, 96, 160], output.Refined.shape);
        Assert.True(output.Refined.std().item<float>() > 0);
    }

    [Theory]
    [InlineData(new long[] { 1, 2, 32, 32 }, new long[] { 1, 3 }, "image is (1, 2, 32, 32)")]
    [InlineData(new long[] { 1, 1, 32, 40 }, new long[] { 1, 3 }, "image is (1, 1, 32, 40)")]
    [InlineData(new long[] { 1, 1, 0, 32 }, new long[] { 1, 3 }, "image is (1, 1, 0, 32)")]
    [InlineData(new long[] { 1, 32, 32 }, new long[] { 1, 3 }, "image is (1, 32, 32)")]
    [InlineData(new long[] { 2, 1, 32, 32 }, new long[] { 1, 3 }, "expertness is (1, 3)")]
    [InlineData(new long[] { 1, 1, 32, 32 }, new long[] { 1, 4 }, "expertness is (1, 4)")]
    [InlineData(new long[] { 1, 1, 32, 32 }, new long[] { 3 }, "expertness is (3)")]
    public void Refuses_other_shapes(long[] image, long[] expertness, string message)
    {
        using var scope = NewDisposeScope();
        using var network = Eval(Some.Options());

        var error = Assert.Throws<ArgumentException>(() => network.call(zeros(image), ones(expertness)));

        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData(0, 1, 1, 4, 2, "Raters is 0"), InlineData(65, 1, 1, 4, 2, "Raters is 65")]
    [InlineData(3, 0, 1, 4, 2, "Structures is 0"), InlineData(3, 1, 17, 4, 2, "Channels is 17")]
    [InlineData(3, 1, 1, 6, 2, "Width is 6"), InlineData(3, 1, 1, 2, 2, "Width is 2"), InlineData(3, 1, 1, 4, 0, "RecurrentSteps is 0")]
    public void Refuses_options_out_of_range(int raters, int structures, int channels, int width, int steps, string message)
    {
        var options = NetworkOptions.Paper(raters, structures, channels, width) with { RecurrentSteps = steps };

        Assert.Contains(message, Assert.Throws<ArgumentException>(() => new MultiRaterNetwork(options)).Message);
    }

    [Fact]
    public void One_rater_has_no_unbiased_deviation() =>
        Assert.Throws<ArgumentException>(() => NetworkOptions.Published(raters: 1, structures: 1, channels: 1).Checked());

    [Theory]
    [InlineData(1), InlineData(2)]
    public void Gives_the_same_bits_twice(int threads)
    {
        using var fixedThreads = new Threads(threads);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Some.Network();
        var (image, expertness) = (rand(1, 1, 64, 64), Some.Weights(1, 3));

        Assert.Equal(Bytes(network.call(image, expertness)), Bytes(network.call(image, expertness)));
    }

    [Fact]
    public void The_weights_of_the_raters_change_the_answer()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Some.Network();
        var image = rand(1, 1, 32, 32);

        var first = network.call(image, tensor(new[] { 1f, 0, 0 }, [1, 3]));
        var last = network.call(image, tensor(new[] { 0f, 0, 1 }, [1, 3]));

        Assert.True(Close.Difference(first.Coarse, last.Coarse) > 1e-3);
        Assert.True(Close.Difference(first.Raters, last.Raters) > 1e-3);
    }

    [Fact]
    public void A_second_recurrent_step_changes_the_answer()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var two = Some.Network();
        using var one = Eval(Some.Options() with { RecurrentSteps = 1 });
        one.load_state_dict(two.state_dict());
        var (image, expertness) = (rand(1, 1, 32, 32), Some.Weights(1, 3));

        Assert.True(Close.Difference(one.call(image, expertness).Coarse, two.call(image, expertness).Coarse) > 1e-4);
    }

    [Fact]
    public void Heads_at_a_quarter_of_the_size_equal_the_published_order()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Some.Network(Some.Options(raters: 3, structures: 2));
        var modules = network.named_modules().ToDictionary(pair => pair.name, pair => pair.module);
        Tensor? features = null;
        ((nn.Module<Tensor, Tensor>)modules["mrm.last_conv"]).register_forward_hook((_, _, y) => features = y.clone().DetachFromDisposeScope());

        var found = network.call(rand(2, 1, 64, 96), Some.Weights(2, 3)).Raters;

        var large = nn.functional.interpolate(features!, size: [64, 96], mode: InterpolationMode.Bilinear, align_corners: true);
        for (var rater = 0; rater < 3; rater++)
            Close.To(((Convolution2d)modules[$"mrm.pred{rater + 1}"]).call(large), found.select(1, rater));
        features!.Dispose();
    }

    [Theory]
    [InlineData(false, 3), InlineData(true, 2)]
    public void Uncertainty_is_the_standard_deviation_over_the_raters(bool unbiased, int divisor)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Eval(Some.Options() with { UnbiasedUncertainty = unbiased });
        var logits = tensor(new[] { -1f, 0, 2 }, [1, 3, 1, 1, 1]).expand(1, 3, 1, 32, 32);

        var found = network.Refine(zeros(1, 1, 32, 32), zeros(1, 16, 16, 16), logits).Uncertainty;

        double[] p = [1 / (1 + Math.E), 0.5, 1 / (1 + Math.Exp(-2))];
        var wanted = Math.Sqrt(p.Sum(value => Math.Pow(value - p.Average(), 2)) / divisor);
        Assert.Equal(wanted, found[0, 0, 7, 9].item<float>(), 1e-6);
    }

    [Fact]
    public void The_coarse_prediction_enters_as_a_probability_or_as_a_logit()
    {
        using var scope = NewDisposeScope();
        using var paper = Eval(Some.Options());
        using var published = Eval(Some.Options() with { CoarseInput = CoarseInput.Logit });
        var logit = tensor(2f);

        Assert.Equal(1 / (1 + Math.Exp(-2)), paper.CoarseFor(logit).item<float>(), 1e-6);
        Assert.Equal(2, published.CoarseFor(logit).item<float>());
    }

    [Fact]
    public void Starts_from_the_prevalence()
    {
        using var network = Eval(Some.Options());

        network.StartFrom(0.02);

        var biases = network.state_dict().Where(pair => pair.Key is "unet.up5.bias" or "mpm.pred.bias" || pair.Key.StartsWith("mrm.pred", StringComparison.Ordinal) && pair.Key.EndsWith("bias", StringComparison.Ordinal)).ToArray();
        Assert.Equal(5, biases.Length);
        Assert.All(biases, pair => Assert.Equal(0.02, pair.Value.sigmoid().mean().item<float>(), 1e-6));
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public void Running_statistics_stay_while_frozen(bool frozen)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = Some.Network();
        network.train();
        var before = Statistics(network);

        using (frozen ? network.FrozenStatistics() : null)
            network.call(rand(2, 1, 32, 32), Some.Weights(2, 3));

        Assert.Equal(frozen, Statistics(network).SequenceEqual(before));
        Assert.All(network.modules().OfType<BatchNormalisation>(), norm => Assert.False(norm.Frozen));
    }

    private static MultiRaterNetwork Eval(NetworkOptions options)
    {
        var network = new MultiRaterNetwork(options);
        network.eval();
        return network;
    }

    private static float[] Statistics(MultiRaterNetwork network) =>
        [.. network.state_dict().Where(pair => pair.Key.Contains("running", StringComparison.Ordinal)).SelectMany(pair => pair.Value.data<float>().ToArray())];

    private static byte[] Bytes(NetworkOutput output) =>
        [.. output.Coarse.bytes, .. output.Raters.contiguous().bytes, .. output.Uncertainty.contiguous().bytes, .. output.Refined.bytes];
}
