using System.Text.Json;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Torch.Tests.Model;

namespace MRNet.Imaging.Torch.Tests.Inference;

/// <summary>The folded network gives the numbers of the plain one, on every path.</summary>
public sealed class InferenceNetworkTests : IDisposable
{
    private const double Tolerance = 1e-4; // of the largest value
    private readonly DisposeScope kept = NewDisposeScope();
    public static TheoryData<InferencePath> Paths => OneDnn.Available ? [InferencePath.Packed, InferencePath.Plain] : [InferencePath.Plain];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gives_the_numbers_of_the_published_network_at_full_width(InferencePath path)
    {
        using var off = no_grad();
        using var plain = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));
        ParityKit.Fill(plain);
        plain.eval();

        Compare(plain, path, ParityKit.Images().narrow(2, 64, 64).narrow(3, 64, 96));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Gives_the_numbers_of_the_papers_network_at_small_widths_and_odd_sizes(InferencePath path)
    {
        using var off = no_grad();
        using var narrow = Some.Network(NetworkOptions.Paper(raters: 4, structures: 1, channels: 1, width: 16));
        using var tiny = Some.Network(NetworkOptions.Paper(raters: 3, structures: 2, channels: 2, width: 4));
        using var odd = Some.Network(NetworkOptions.Published(raters: 5, structures: 3, channels: 4, width: 20));

        Compare(narrow, path, randn(1, 1, 96, 160));
        Compare(tiny, path, randn(2, 2, 32, 64));
        Compare(odd, path, randn(1, 4, 64, 32));
    }

    [Fact]
    public void Gives_the_published_implementations_numbers_on_its_own_pictures()
    {
        using var off = no_grad();
        using var plain = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));
        ParityKit.Fill(plain);
        plain.eval();
        using var network = InferenceNetwork.TakeOver(plain);

        var output = network.Run(ParityKit.Images(), full([2, 6], 1f / 6));

        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.TestData("model", "published-forward.json")));
        var taps = golden.RootElement.GetProperty("taps");
        Assert.InRange(Difference(taps.GetProperty("P1_logits"), output.Coarse), 0, Tolerance);
        Assert.InRange(Difference(taps.GetProperty("M_logits"), output.Refined), 0, Tolerance);
        Assert.InRange(Difference(taps.GetProperty("U_disc"), output.Uncertainty.narrow(1, 0, 1)), 0, Tolerance);
        Assert.InRange(Difference(taps.GetProperty("U_cup"), output.Uncertainty.narrow(1, 1, 1)), 0, Tolerance);
        for (var r = 0; r < 6; r++)
            Assert.InRange(Difference(taps.GetProperty($"rater{r + 1}_logits"), output.Raters.select(1, r)), 0, Tolerance);
    }

    [Fact]
    public void The_check_finds_every_folded_convolution_right_in_memory_full_of_NaN()
    {
        using var off = no_grad();
        foreach (var options in new[] { Some.Options(width: 16), NetworkOptions.Published(raters: 6, structures: 2, channels: 3, width: 16), Some.Options() })
        {
            using var plain = Some.Network(options);
            using var network = InferenceNetwork.Of(plain);

            var results = new[] { 64, 128 }.SelectMany(size => ConvolutionCheck.Run(network, size)).ToArray();

            Assert.True(results.Length > 50, $"{results.Length} distinct convolutions");
            Assert.All(results, result => Assert.True(result.Right, result.ToString()));
        }
    }

    [Fact]
    public void Bfloat16_gives_the_same_masks_nearly_everywhere()
    {
        using var off = no_grad();
        Assert.SkipUnless(OneDnn.Available, "no packed path on this machine");
        using var plain = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));
        ParityKit.Fill(plain);
        plain.eval();
        var (image, expertness) = (ParityKit.Images().narrow(0, 0, 1).narrow(2, 64, 96).narrow(3, 64, 96), Some.Weights(1, 6));
        using var network = InferenceNetwork.Of(plain, InferencePath.PackedBFloat16);

        var (found, wanted) = (network.Run(image, expertness).Refined, plain.call(image, expertness).Refined);

        Assert.Equal(ScalarType.Float32, found.dtype);
        Assert.InRange((found > 0).ne(wanted > 0).to(ScalarType.Float32).mean().item<float>(), 0, 0.01);
        Close.To(wanted.sigmoid(), found.sigmoid(), 0.1);
        Assert.All(ConvolutionCheck.Run(network, 64), result => Assert.True(result.Right, result.ToString()));
    }

    [Fact]
    public void Half_precision_gives_nearly_the_same_probabilities()
    {
        using var off = no_grad();
        using var plain = Some.Network(Some.Options(width: 16));
        using var network = InferenceNetwork.Of(plain, InferencePath.PlainFloat16);
        var (image, expertness) = (rand(1, 1, 64, 64), Some.Weights(1, 3));

        var (found, wanted) = (network.Run(image, expertness).Refined, plain.call(image, expertness).Refined);

        Assert.Equal(ScalarType.Float32, found.dtype);
        Close.To(wanted.sigmoid(), found.sigmoid(), 0.1);
    }

    [Fact]
    public void Maps_that_were_kept_serve_other_weights()
    {
        using var off = no_grad();
        using var plain = Some.Network();
        using var network = InferenceNetwork.Of(plain);
        var (image, one, other) = (rand(1, 1, 64, 64), Some.Weights(1, 3), Some.Weights(1, 3));
        var maps = network.Encode(image);
        network.Run(image, maps, one);

        var found = network.Run(image, maps, other);

        Close.To(plain.call(image, other).Refined, found.Refined);
        Close.To(found.Coarse, network.RunCoarse(maps, other));
    }

    [Theory]
    [InlineData(1), InlineData(2)]
    public void The_same_threads_give_the_same_bits(int threads)
    {
        using var off = no_grad();
        using var plain = Some.Network(Some.Options(width: 16));
        using var network = InferenceNetwork.Of(plain);
        using var fixedThreads = new Threads(threads);
        var (image, expertness) = (rand(1, 1, 64, 64), Some.Weights(1, 3));
        var first = network.Run(image, expertness).Refined.data<float>().ToArray();

        for (var i = 0; i < 3; i++)
            Assert.Equal(first, network.Run(image, expertness).Refined.data<float>().ToArray());
    }

    [Fact]
    public void Two_threads_may_share_it()
    {
        using var off = no_grad();
        using var plain = Some.Network();
        using var network = InferenceNetwork.Of(plain);
        var (image, expertness) = (rand(1, 1, 64, 64), Some.Weights(1, 3));
        var wanted = network.Run(image, expertness).Refined.data<float>().ToArray();

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 2 }, _ =>
        {
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            Close.To(tensor(wanted), network.Run(image, expertness).Refined.flatten(), 1e-5);
        });
    }

    [Fact]
    public void Two_hundred_calls_leave_nothing()
    {
        using var off = no_grad();
        using var plain = Some.Network();
        using var network = InferenceNetwork.Of(plain);
        var (image, expertness) = (rand(1, 1, 32, 32), Some.Weights(1, 3));
        network.Run(image, expertness).Dispose();
        var (tensors, memory) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Environment.WorkingSet);

        for (var i = 0; i < 200; i++)
            network.Run(image, expertness).Dispose();

        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.InRange(Environment.WorkingSet - memory, long.MinValue, 60_000_000);
    }

    [Fact]
    public void Making_and_disposing_one_leaves_nothing()
    {
        using var off = no_grad();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        InferenceNetwork.TakeOver(Some.Network()).Dispose();

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void It_outlives_the_scope_it_was_made_in()
    {
        using var off = no_grad();
        InferenceNetwork network;
        using (NewDisposeScope())
            network = InferenceNetwork.TakeOver(Some.Network());

        using (network)
            Assert.False(network.Run(rand(1, 1, 32, 32), Some.Weights(1, 3)).Refined.isnan().any().item<bool>());
    }

    [Fact]
    public void Says_what_is_wrong_with_a_shape()
    {
        using var off = no_grad();
        using var plain = Some.Network();
        using var network = InferenceNetwork.Of(plain);

        var error = Assert.Throws<ArgumentException>(() => network.Run(rand(1, 1, 40, 32), Some.Weights(1, 3)));

        Assert.StartsWith("image is (1, 1, 40, 32); expected (B, 1, H, W) with H and W multiples of 32.", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        kept.Dispose();
    }

    /// <returns>As a share of the largest value.</returns>
    private static double Difference(JsonElement golden, Tensor found)
    {
        var flat = found.flatten();
        var largest = Math.Max(Math.Abs(golden.GetProperty("min").GetDouble()), Math.Abs(golden.GetProperty("max").GetDouble()));
        var samples = golden.GetProperty("idx").EnumerateArray().Zip(golden.GetProperty("val").EnumerateArray(), (i, v) => (At: i.GetInt64(), Value: v.GetDouble()));
        return samples.Max(sample => Math.Abs(flat[sample.At].item<float>() - sample.Value)) / largest;
    }

    private static void Compare(MultiRaterNetwork plain, InferencePath path, Tensor image)
    {
        using var scope = NewDisposeScope();
        using var network = InferenceNetwork.Of(plain, path);
        var expertness = Some.Weights((int)image.size(0), plain.Options.Raters);
        var wanted = plain.call(image, expertness);

        var found = network.Run(image, expertness);

        Close.To(wanted.Coarse, found.Coarse, Tolerance);
        Close.To(wanted.Raters, found.Raters, Tolerance);
        Close.To(wanted.Uncertainty, found.Uncertainty, Tolerance);
        Close.To(wanted.Refined, found.Refined, Tolerance);
    }
}
