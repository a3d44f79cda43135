using System.CommandLine;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet models import</c>: published checkpoints and a descriptor become one model file.</summary>
internal static class ModelsImportCommand
{
    private static readonly Argument<string?> Weights = new("WEIGHTS")
    {
        Description = "One file with all tensors (unet.*, mrm.*, mpm.*), safetensors or .pth; instead of --unet, --mrm and --mpm.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string?>[] Modules =
    [
        new("--unet") { Description = "The U-Net's checkpoint (snapshot_iter_N.pth of the published code).", HelpName = "FILE" },
        new("--mrm") { Description = "That of the reconstruction module (six_snapshot_iter_N.pth).", HelpName = "FILE" },
        new("--mpm") { Description = "That of the perception module (att_snapshot_iter_N.pth).", HelpName = "FILE" },
    ];

    private static readonly Option<string> Descriptor = new("--descriptor") { Description = "JSON that says what the model is: id, structures, raters, network, preparation.", Required = true, HelpName = "FILE.json" };
    private static readonly Option<string> Output = new("--out", "-o") { Description = "The model to write.", Required = true, HelpName = "FILE.safetensors" };

    public static MrnetCommand Create()
    {
        var command = new MrnetCommand("import", "Makes a model of published checkpoints. A .pth is read without running what is in it; one with code is refused.",
            """
            mrnet models import --unet snapshot.pth --mrm six_snapshot.pth --mpm att_snapshot.pth --descriptor my-model.json --out my-model.safetensors
            mrnet models import weights.safetensors --descriptor my-model.json --out my-model.safetensors
            """)
        { Weights, Descriptor, Output };
        foreach (var module in Modules)
            command.Options.Add(module);
        command.Validators.Add(result =>
        {
            var (all, parts) = (result.GetValue(Weights) is not null, Modules.Count(module => result.GetValue(module) is not null));
            if (all == parts > 0)
                result.AddError("Give either one file with all tensors, or --unet, --mrm and --mpm.");
        });
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        var descriptor = ModelFile.ReadDescriptor(parsed.GetRequiredValue(Descriptor));
        var output = parsed.GetRequiredValue(Output);
        StagedFolder.CheckWritable(Path.GetDirectoryName(Path.GetFullPath(output))!);

        using var files = PublishedFiles.Open(Sources(parsed));
        using var network = new MultiRaterNetwork(descriptor.Network);
        NetworkWeights.Load(network, files);
        NetworkWeights.Save(network, output, descriptor.ToMetadata()); // in full precision: the published numbers
    }

    private static IEnumerable<(string Module, string Path)> Sources(ParseResult parsed) => parsed.GetValue(Weights) is { } all
        ? [("", all)]
        : Modules.Where(module => parsed.GetValue(module) is not null).Select(module => (module.Name.TrimStart('-'), parsed.GetValue(module)!));
}
