using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Model.Weights.Pth;

namespace MRNet.Imaging.Torch.Tests.Weights;

/// <summary>On generated files: weights learned on ImageNet cannot be had here.</summary>
public sealed class PretrainedEncoderTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        kept.Dispose();
    }

    [Theory]
    [InlineData(EncoderKind.ResNet34, "layer3.5.conv2.weight", "unet.rn.6.5.conv2.weight")]
    [InlineData(EncoderKind.ResNet101, "layer3.22.conv3.weight", "unet.rn.6.22.conv3.weight")]
    public void A_ResNet_fills_the_encoder_of_the_U_Net(EncoderKind kind, string theirs, string ours)
    {
        using var off = no_grad();
        using var learned = Encoder(kind, channels: 3);
        using var network = Encoder(kind, channels: 3);
        Dictionary<string, Tensor> file = new() { ["fc.weight"] = zeros(1000, 8), ["fc.bias"] = zeros(1000) };
        foreach (var (name, value) in learned.state_dict().Where(pair => pair.Key.StartsWith("unet.rn.", StringComparison.Ordinal) && !pair.Key.Contains("narrow") && !pair.Key.EndsWith("tracked", StringComparison.Ordinal)))
            file[Torchvision(name["unet.rn.".Length..])] = value;
        PthWriter.Write(folder["resnet.pth"], file);

        var filled = PretrainedEncoder.Load(network, folder["resnet.pth"]);

        Assert.Equal(kind.ToString(), filled);
        Assert.Contains(theirs, file.Keys);
        Assert.Equal(0, Close.Difference(network.state_dict()[ours], file[theirs]));
        foreach (var (name, value) in network.state_dict().Where(pair => pair.Key.StartsWith("unet.rn.", StringComparison.Ordinal) && file.ContainsKey(Torchvision(pair.Key["unet.rn.".Length..]))))
            Assert.True(value.equal(learned.state_dict()[name]).all().item<bool>(), name);
        Assert.True(Close.Difference(network.state_dict()["unet.up1.tr_conv.weight"], learned.state_dict()["unet.up1.tr_conv.weight"]) > 0.1);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(4)]
    public void Another_number_of_channels_sees_a_grey_picture_as_the_three_did(int channels)
    {
        using var off = no_grad();
        using var learned = Encoder(EncoderKind.ResNet34, channels: 3);
        using var network = Encoder(EncoderKind.ResNet34, channels);
        SafetensorsFile.Write(folder["resnet.safetensors"], learned.state_dict().Where(pair => pair.Key.StartsWith("unet.rn.", StringComparison.Ordinal))
            .Select(pair => KeyValuePair.Create(Torchvision(pair.Key["unet.rn.".Length..]), pair.Value)));

        PretrainedEncoder.Load(network, folder["resnet.safetensors"]);

        var grey = rand(1, 1, 32, 32);
        network.eval();
        learned.eval();
        Close.To(learned.Encode(grey.expand(-1, 3, -1, -1))[4], network.Encode(grey.expand(-1, channels, -1, -1))[4], tolerance: 1e-4);
    }

    [Fact]
    public void A_VGG16_fills_the_encoder_of_the_reconstruction_module()
    {
        using var off = no_grad();
        using var learned = new MultiRaterReconstruction(Some.Options(width: 64));
        using var network = new MultiRaterReconstruction(Some.Options(width: 64));
        var file = Vgg(learned, normalised: true);
        Assert.Contains("features.40.weight", file.Keys); // the last convolution of torchvision's vgg16_bn, as its list of layers counts
        SafetensorsFile.Write(folder["vgg.safetensors"], file);

        Assert.Equal("VGG16", PretrainedEncoder.Load(network, folder["vgg.safetensors"]));

        foreach (var (name, value) in network.state_dict().Where(pair => IsVgg(pair.Key)))
            Assert.True(value.equal(learned.state_dict()[name]).all().item<bool>(), name);
    }

    [Fact]
    public void What_does_not_fit_is_said()
    {
        using var off = no_grad();
        using var narrow = new MultiRaterNetwork(Some.Options(width: 16));
        using var noReconstruction = Encoder(EncoderKind.ResNet34, channels: 3);
        using var vgg = new MultiRaterReconstruction(Some.Options(width: 4));
        SafetensorsFile.Write(folder["resnet"], [new("layer1.0.conv1.weight", zeros(64, 64, 3, 3)), new("conv1.weight", zeros(64, 3, 7, 7))]);
        SafetensorsFile.Write(folder["vgg"], Vgg(vgg, normalised: true));
        SafetensorsFile.Write(folder["plain-vgg"], Vgg(vgg, normalised: false));
        SafetensorsFile.Write(folder["other"], [new("encoder.0", zeros(1))]);
        SafetensorsFile.Write(folder["resnet50"], [new("layer1.0.conv1.weight", zeros(64, 64, 1, 1)), new("conv1.weight", zeros(64, 3, 7, 7)), .. new[] { "weight", "bias", "running_mean", "running_var" }.Select(name => KeyValuePair.Create("bn1." + name, zeros(64)))]);

        Assert.Contains("64 channels wide; the network has width 16", Refused(narrow, "resnet"));
        Assert.Contains("64 channels wide; the network has width 16", Refused(narrow, "vgg"));
        Assert.Contains("without batch normalisation", Refused(narrow, "plain-vgg"));
        Assert.Contains("neither layer1.0.conv1.weight", Refused(narrow, "other"));
        Assert.Contains("has no such encoder", Refused(noReconstruction, "vgg"));
        Assert.Contains("layer1.0.conv1.weight is (64, 64, 1, 1); the network wants (64, 64, 3, 3)", Refused(noReconstruction, "resnet50"));
    }

    private string Refused(nn.Module network, string file) => Assert.Throws<WeightsException>(() => PretrainedEncoder.Load(network, folder[file])).Message;

    private static PlainUNet Encoder(EncoderKind kind, int channels) =>
        new(Some.Options(channels: channels, width: 64) with { Expertise = ExpertiseUse.None, Encoder = kind });

    private static string Torchvision(string name) => name switch
    {
        ['0', '.', ..] => "conv1" + name[1..],
        ['1', '.', ..] => "bn1" + name[1..],
        [var stage, ..] => $"layer{stage - '3'}{name[1..]}",
        _ => name,
    };

    /// <summary>torchvision's vgg16_bn is a list: convolution, normalisation, activation for each layer, and a pooling layer after each block.</summary>
    private static Dictionary<string, Tensor> Vgg(MultiRaterReconstruction module, bool normalised)
    {
        var (file, at) = (new Dictionary<string, Tensor> { ["classifier.0.weight"] = zeros(1) }, 0);
        foreach (var (block, depth) in new[] { 2, 2, 3, 3, 3 }.Index())
        {
            for (var layer = 1; layer <= depth; layer++)
            {
                Add($"conv{block + 1}_{layer}.");
                if (normalised)
                    Add($"bn{block + 1}_{layer}.");
                at++;
            }

            at++;
        }

        return file;

        void Add(string ours)
        {
            foreach (var (name, value) in module.state_dict().Where(pair => pair.Key.StartsWith(ours, StringComparison.Ordinal)))
                file[$"features.{at}.{name[ours.Length..]}"] = value;
            at++;
        }
    }

    private static bool IsVgg(string name) =>
        name.Split('_', 2) is [var layer, var rest] && layer is "conv1" or "conv2" or "conv3" or "conv4" or "conv5" or "bn1" or "bn2" or "bn3" or "bn4" or "bn5" && !name.EndsWith("tracked", StringComparison.Ordinal);
}
