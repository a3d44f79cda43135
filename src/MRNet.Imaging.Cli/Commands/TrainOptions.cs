using System.CommandLine;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>The settings of a run that may be given on the command line; they go before those of the configuration.</summary>
internal static class TrainOptions
{
    private static readonly Option<string?> Config = new("--config", "-c") { Description = "Settings of the run; 'mrnet train DATA --print-config' writes those it would use.", HelpName = "train.json" };
    private static readonly Option<string?> Descriptor = new("--descriptor") { Description = "A model's descriptor to take names, structures, network and preparation from.", HelpName = "FILE.json" };
    private static readonly Option<string?> Method = new("--method") { Description = "What is trained: mrnet, or mrnet-published." };
    private static readonly Option<int?> Epochs = new("--epochs") { Description = "Times through the training pictures." };
    private static readonly Option<int?> BatchSize = new("--batch") { Description = "Pictures in a step." };
    private static readonly Option<double?> LearningRate = new("--learning-rate") { Description = "Adam's step size." };
    private static readonly Option<bool> Cosine = new("--cosine") { Description = "Let the step size fall along half a cosine." };
    private static readonly Option<int?> Window = new("--window") { Description = "Side of the random window a step sees, a multiple of 32: quicker, and calibrated worse; 0 for all that the network sees." };
    private static readonly Option<double?> Alpha = new("--alpha") { Description = "Weight of the consistency term (Eq. 7)." };
    private static readonly Option<int?> Width = new("--width") { Description = "Channels of the network's first stage; the paper has 64, a quarter of it trains on a CPU." };
    private static readonly Option<int?> Size = new("--size") { Description = "Side in pixels that the network sees, where the preparation is learnt from the data." };
    private static readonly Option<int?> Patience = new("--patience") { Description = "Stop after so many epochs that were no better; 0 for never." };
    private static readonly Option<string?> Start = new("--start") { Description = "A model of the same network whose weights the run begins with, instead of random ones.", HelpName = "MODEL.safetensors" };
    private static readonly Option<bool> ByArea = new("--raters-by-area") { Description = "Put each case's raters in the order of the area they marked: for raters who are not the same persons from case to case." };
    private static readonly Option<int?> Seed = new("--seed") { Description = "Of everything random, and of a split by patients." };

    public static IEnumerable<Option> All => [Config, Descriptor, Method, Epochs, BatchSize, LearningRate, Cosine, Window, Alpha, Width, Size, Patience, Start, ByArea, Seed, CommonOptions.Device];

    /// <summary>Those that are no part of what a table compares.</summary>
    public static IEnumerable<Option> OfExperiments => [Config, Epochs, BatchSize, LearningRate, Cosine, Window, Width, Size, Patience, ByArea, CommonOptions.Device];

    /// <exception cref="InvalidImageException">The configuration cannot be read, or a setting is out of range.</exception>
    /// <exception cref="WeightsException">The descriptor cannot be read.</exception>
    public static TrainingConfig Read(ParseResult parsed)
    {
        var config = parsed.GetValue(Config) is { } file ? ConfigFile.Read(file) : new TrainingConfig();
        if (parsed.GetValue(Descriptor) is { } descriptor)
            config = Plan.From(ReadDescriptor(descriptor), config);
        if (parsed.GetValue(Width) is { } width)
        {
            config = config with { Network = config.Network.DeepClone().AsObject() };
            config.Network["width"] = width;
        }

        return ConfigFile.Checked(
            config with
            {
                Method = parsed.GetValue(Method) ?? config.Method,
                Size = parsed.GetValue(Size) ?? config.Size,
                RatersByArea = parsed.GetValue(ByArea) || config.RatersByArea,
                Training = Settings(parsed, config.Training),
                Split = parsed.GetValue(Seed) is { } seed ? config.Split with { Seed = seed } : config.Split,
            },
            "the command line");
    }

    private static TrainingOptions Settings(ParseResult parsed, TrainingOptions given) => given with
    {
        Epochs = parsed.GetValue(Epochs) ?? given.Epochs,
        BatchSize = parsed.GetValue(BatchSize) ?? given.BatchSize,
        LearningRate = parsed.GetValue(LearningRate) ?? given.LearningRate,
        CosineDecay = parsed.GetValue(Cosine) || given.CosineDecay,
        Window = parsed.GetValue(Window) ?? given.Window,
        Alpha = parsed.GetValue(Alpha) ?? given.Alpha,
        Patience = parsed.GetValue(Patience) ?? given.Patience,
        Start = parsed.GetValue(Start) ?? given.Start,
        Seed = parsed.GetValue(Seed) ?? given.Seed,
        Device = parsed.GetRequiredValue(CommonOptions.Device),
    };

    private static ModelDescriptor ReadDescriptor(string path) => File.Exists(path)
        ? ModelDescriptor.Parse(File.ReadAllText(path), Path.GetFileName(path))
        : throw new InvalidImageException($"There is no model descriptor {path}.");
}
