using System.CommandLine;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>Options that mean the same in every command that has them.</summary>
internal static class CommonOptions
{
    public static Option<bool> Quiet { get; } = new("--quiet", "-q") { Description = "Only errors." };

    public static Option<bool> Verbose { get; } = new("--verbose", "-v") { Description = "Notes on how each image was read, and the whole of an error." };

    public static Option<bool> Json { get; } = new("--json") { Description = "Results as JSON on standard output; nothing else is written there." };

    public static Option<string?> Models { get; } = new("--models") { Description = "A folder with further models (*.safetensors); searched before the bundled ones.", HelpName = "FOLDER" };

    public static Option<string> Device { get; } = Checked(new Option<string>("--device")
    {
        Description = "Where the network runs: cpu, cuda or cuda:1.",
        DefaultValueFactory = _ => "cpu",
    });

    /// <summary>The models there are; a file that is none is warned of.</summary>
    public static ModelStore Store(ParseResult parsed) => Store(parsed.GetValue(Models) is { } folder ? [folder] : []);

    /// <param name="folders">With further models, searched before the bundled ones.</param>
    /// <inheritdoc cref="Store(ParseResult)"/>
    public static ModelStore Store(string[] folders)
    {
        if (folders.FirstOrDefault(folder => !Directory.Exists(folder)) is { } missing)
            throw new InvalidImageException($"There is no folder {missing} with models.");

        var faults = new List<string>();
        new ModelStore(folders).List(faults);
        faults.ForEach(Messages.Warning);
        return new ModelStore([.. folders, ModelStore.Bundled]);
    }

    private static Option<string> Checked(Option<string> device)
    {
        device.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<string>();
            if (value is not ("cpu" or "cuda") && !(value.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(value.AsSpan(5), out var index) && index >= 0))
                result.AddError($"--device is '{value}'; expected cpu, cuda or cuda:N.");
        });
        return device;
    }
}
