using System.Text.Json;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Model;

/// <summary>The networks of the paper's ablations, each one option.</summary>
public sealed class NetworkVariantsTests : IDisposable
{
    private static readonly Dictionary<string, NetworkOptions> Variants = new()
    {
        ["whole"] = Some.Options(),
        ["Table 4 a"] = Some.Options() with { Expertise = ExpertiseUse.None, Reconstruction = false, Perception = false },
        ["Table 4 b"] = Some.Options() with { Expertise = ExpertiseUse.Concatenation, Reconstruction = false, Perception = false },
        ["Table 4 c"] = Some.Options() with { Reconstruction = false, Perception = false },
        ["Table 4 d"] = Some.Options() with { Perception = false },
        ["concatenation everywhere"] = Some.Options() with { Expertise = ExpertiseUse.Concatenation },
        ["no expertise anywhere"] = Some.Options() with { Expertise = ExpertiseUse.None },
        ["hard attention"] = Some.Options() with { Attention = AttentionUse.Hard },
        ["no attention"] = Some.Options() with { Attention = AttentionUse.None },
        ["ResNet101"] = Some.Options() with { Encoder = EncoderKind.ResNet101 },
    };

    private readonly DisposeScope kept = NewDisposeScope();
    public static TheoryData<string> Names => [.. Variants.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_variant_answers_in_the_same_shapes(string name)
    {
        using var off = no_grad();
        using var network = Some.Network(Variants[name]);

        using var output = network.call(rand(2, 1, 32, 64), Some.Weights(2, 3));

        Assert.Equal([2, 1, 32, 64], output.Coarse.shape);
        Assert.Equal([2, 3, 1, 32, 64], output.Raters.shape);
        Assert.Equal([2, 1, 32, 64], output.Uncertainty.shape);
        Assert.Equal([2, 1, 32, 64], output.Refined.shape);
        Assert.True(output.Refined.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_variant_predicts_the_same_when_it_is_loaded_for_inference(string name)
    {
        using var off = no_grad();
        using var plain = Some.Network(Variants[name]);
        using var network = InferenceNetwork.Of(plain);
        var (image, expertness) = (rand(1, 1, 64, 32), Some.Weights(1, 3));

        var (wanted, found) = (plain.call(image, expertness), network.Run(image, expertness));

        Close.To(wanted.Coarse, found.Coarse);
        Close.To(wanted.Refined, found.Refined);
        Close.To(wanted.Raters, found.Raters);
        Close.To(found.Coarse, network.RunCoarse(network.Encode(image), expertness));
        Assert.True((found.Uncertainty - wanted.Uncertainty).abs().max().item<float>() < 1e-5);
        Assert.All(ConvolutionCheck.Run(network, 32), result => Assert.True(result.Right, result.ToString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_variant_stays_what_it_is_in_a_descriptor(string name)
    {
        using var off = no_grad();
        var descriptor = Some.Descriptor(Variants[name]);

        Assert.Equal(Variants[name], ModelDescriptor.Parse(descriptor.ToJson(), "test").Network);
    }

    [Fact]
    public void A_descriptor_without_the_new_options_is_the_papers_network()
    {
        using var off = no_grad();
        const string old = """{"raters":3,"structures":1,"channels":1,"width":4}""";

        Assert.Equal(Some.Options(), JsonSerializer.Deserialize<NetworkOptions>(old, JsonSerializerOptions.Web));
    }

    [Theory]
    [InlineData("Table 4 a", false), InlineData("no expertise anywhere", false)]
    [InlineData("Table 4 b", true), InlineData("Table 4 c", true), InlineData("Table 4 d", true), InlineData("concatenation everywhere", true)]
    public void The_raters_weights_are_felt_only_where_something_reads_them(string name, bool felt)
    {
        using var off = no_grad();
        using var network = Some.Network(Variants[name]);
        var image = rand(1, 1, 32, 32);

        var first = network.call(image, tensor(new[] { 1f, 0, 0 }, [1, 3]));
        var last = network.call(image, tensor(new[] { 0f, 0, 1 }, [1, 3]));

        Assert.Equal(felt, Close.Difference(first.Refined, last.Refined) > 1e-4);
    }

    [Fact]
    public void Without_the_perception_module_the_refined_prediction_is_the_coarse_one()
    {
        using var off = no_grad();
        using var network = Some.Network(Variants["Table 4 d"]);

        var output = network.call(rand(1, 1, 32, 32), Some.Weights(1, 3));

        Assert.Equal(0, Close.Difference(output.Refined, output.Coarse));
        Assert.True(output.Uncertainty.max().item<float>() > 0);
    }

    [Fact]
    public void Without_the_reconstruction_module_all_raters_are_the_coarse_prediction_and_agree()
    {
        using var off = no_grad();
        using var network = Some.Network(Variants["Table 4 c"]);

        var output = network.call(rand(1, 1, 32, 32), Some.Weights(1, 3));

        Assert.Equal(0, Close.Difference(output.Raters[0, 2], output.Coarse[0]));
        Assert.Equal(0, output.Uncertainty.max().item<float>(), 1e-6);
    }

    [Fact]
    public void Soft_hard_and_no_attention_differ()
    {
        using var off = no_grad();
        using var soft = Some.Network();
        using var hard = Same(soft, AttentionUse.Hard);
        using var none = Same(soft, AttentionUse.None);
        var (image, expertness) = (rand(1, 1, 32, 32), Some.Weights(1, 3));

        var (ofSoft, ofHard, ofNone) = (soft.call(image, expertness).Refined, hard.call(image, expertness).Refined, none.call(image, expertness).Refined);

        Assert.True(Close.Difference(ofHard, ofSoft) > 1e-4);
        Assert.True(Close.Difference(ofNone, ofHard) > 1e-4);
    }

    [Fact]
    public void Perception_needs_reconstruction()
    {
        using var off = no_grad();
        Assert.Contains("Perception is on and Reconstruction off", Assert.Throws<ArgumentException>(() => new MultiRaterNetwork(Some.Options() with { Reconstruction = false })).Message);
    }

    [Fact]
    public void A_variant_taken_over_for_inference_outlives_the_scope_it_was_made_in_and_leaves_nothing()
    {
        using var off = no_grad();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        InferenceNetwork network;
        using (NewDisposeScope())
            network = InferenceNetwork.TakeOver(Some.Network(Variants["hard attention"]));

        using (NewDisposeScope())
            Assert.False(network.Run(rand(1, 1, 32, 32), Some.Weights(1, 3)).Refined.isnan().any().item<bool>());
        network.Dispose();

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    public void Dispose()
    {
        kept.Dispose();
    }

    /// <summary>The same weights under another attention.</summary>
    private static MultiRaterNetwork Same(MultiRaterNetwork network, AttentionUse attention)
    {
        var other = new MultiRaterNetwork(network.Options with { Attention = attention });
        other.load_state_dict(network.state_dict(), strict: false);
        other.eval();
        return other;
    }
}
