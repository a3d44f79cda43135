using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Model.Weights.Pth;

namespace MRNet.Imaging.Torch.Tests.Weights;

public sealed class PublishedFilesTests : IDisposable
{
    private static readonly NetworkOptions Options = NetworkOptions.Published(raters: 3, structures: 2, channels: 3, width: 4);

    private readonly DisposeScope kept = NewDisposeScope();
    private readonly TemporaryFolder folder = new();
    private readonly MultiRaterNetwork network = Some.Network(Options);

    public void Dispose()
    {
        network.Dispose();
        folder.Dispose();
        kept.Dispose();
    }

    [Theory]
    [InlineData(".pth"), InlineData(".safetensors")]
    public void A_network_goes_out_to_three_files_and_comes_back(string extension)
    {
        using var off = no_grad();
        var written = PublishedFiles.Write(network, folder["out"]);

        using var files = PublishedFiles.Open(Modules().Select(module => (module, Path.Combine(folder["out"], module + extension))));
        using var other = Some.Network(Options, seed: 2);
        NetworkWeights.Load(other, files);

        Assert.Equal(6, written.Count);
        AssertSame(other);
    }

    [Fact]
    public void The_names_in_the_files_are_the_published_ones()
    {
        using var off = no_grad();
        PublishedFiles.Write(network, folder["out"]);

        var found = Modules().SelectMany(module =>
        {
            using var file = TensorFiles.Open(Path.Combine(folder["out"], module + ".pth"));
            return file.Names.Select(name => $"{module}.{name}").ToArray();
        });

        var heads = Enumerable.Range(4, 3).Select(rater => $"mrm.pred{rater}."); // this network has three raters of the six
        var wanted = File.ReadAllLines(Repository.TestData("model", "published-names.txt")).Select(line => line.Split(' ')[0])
            .Where(name => !name.StartsWith("unet.up_c", StringComparison.Ordinal) && !heads.Any(head => name.StartsWith(head, StringComparison.Ordinal)));
        Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("module.unet."), InlineData("unet.module."), InlineData("unet.")]
    public void The_mark_of_parallel_training_and_layers_never_used_are_dropped(string prefix)
    {
        using var off = no_grad();
        var state = network.state_dict().Select(pair => KeyValuePair.Create(pair.Key.Replace("unet.", prefix, StringComparison.Ordinal), pair.Value))
            .Append(new(prefix + "up_c1.weight", zeros(6, 6, 4, 4))).Append(new(prefix + "up_c2.bias", zeros(512)));
        PthWriter.Write(folder["all.pth"], state);

        using var files = PublishedFiles.Open(("", folder["all.pth"]));
        using var other = Some.Network(Options, seed: 2);
        NetworkWeights.Load(other, files);

        AssertSame(other);
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_is_refused_by_its_tensor_with_both_shapes()
    {
        using var off = no_grad();
        PublishedFiles.Write(network, folder["out"]);
        using var files = PublishedFiles.Open(Modules().Select(module => (module, Path.Combine(folder["out"], module + ".pth"))));
        using var wider = new MultiRaterNetwork(Options with { Width = 8 });
        using var more = new MultiRaterNetwork(Options with { Raters = 4 });

        Assert.Matches(@"unet\.\S+ is \(.+\); the network wants \(.+\)", Assert.Throws<WeightsException>(() => NetworkWeights.Load(wider, files)).Message);
        Assert.Contains("lack mrm.pred4.weight", Assert.Throws<WeightsException>(() => NetworkWeights.Load(more, files)).Message);
    }

    [Fact]
    public void A_name_given_twice_and_a_missing_file_are_refused()
    {
        using var off = no_grad();
        PthWriter.Write(folder["twice.pth"], [new("a", ones(1)), new("module.a", ones(1))]);

        Assert.Contains("holds a twice", Assert.Throws<WeightsException>(() => PublishedFiles.Open(("unet", folder["twice.pth"]))).Message);
        Assert.Contains("no weights file", Assert.Throws<WeightsException>(() => PublishedFiles.Open(("unet", folder["absent.pth"]))).Message);
    }

    private static string[] Modules() => ["unet", "mrm", "mpm"];

    private void AssertSame(MultiRaterNetwork other)
    {
        foreach (var (name, wanted) in network.state_dict())
            Assert.True(other.state_dict()[name].equal(wanted).all().item<bool>(), name);
    }
}
