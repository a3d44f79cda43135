using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using TorchSharp;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>A network of four channels on 32 x 32 pixels with random weights: it computes in milliseconds and finds nothing.</summary>
internal static class TinyModel
{
    public const string Id = "tiny";

    /// <param name="spoil">Changes its weights before they are stored.</param>
    public static void Write(string folder, Action<MultiRaterNetwork>? spoil = null)
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        torch.manual_seed(3);
        var options = NetworkOptions.Paper(raters: 3, structures: 1, channels: 1, width: 4);
        using var network = new MultiRaterNetwork(options);
        for (var i = 0; i < 4; i++) // the normalisations see a few pictures
            network.call(torch.randn(4, 1, 32, 32), torch.ones(4, 3) / 3);
        network.eval();
        spoil?.Invoke(network);
        NetworkWeights.Save(network, Path.Combine(folder, Id + ".safetensors"), Descriptor(options).ToMetadata());
    }

    private static ModelDescriptor Descriptor(NetworkOptions options) => new()
    {
        Id = Id,
        Version = "1.0.0",
        DisplayName = "Tiny",
        Description = "For tests.",
        Modalities = ["CT", "MR"],
        Structures =
        [
            new()
            {
                Label = "Nodule",
                Category = new("49755003", "SCT", "Morphologically abnormal structure"),
                Type = new("27925004", "SCT", "Nodule"),
                Anatomy = new("39607008", "SCT", "Lung"),
                Color = 0xFF8800,
            },
        ],
        Raters = ["Rater 1", "Rater 2", "Rater 3"],
        Network = options,
        Preparation = new() { Framing = Framing.Resize, Size = 32, Range = IntensityRange.Values, Low = -1000, High = 1000, Mean = [0.25f], Deviation = [0.25f] },
        TrainingData = "None.",
        TrainingCommand = "None.",
        Licence = "MIT",
        Scores = new Dictionary<string, double> { ["softDice"] = 0.5 },
    };
}
