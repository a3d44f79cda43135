using System.CommandLine;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet models export</c>: a model becomes the files and names of the published code.</summary>
internal static class ModelsExportCommand
{
    private static readonly Argument<string> Id = new("ID") { Description = "A model's id, or a weights file." };
    private static readonly Option<string> Output = new("--out", "-o") { Description = "Folder to write to.", Required = true, HelpName = "FOLDER" };

    public static MrnetCommand Create()
    {
        var command = new MrnetCommand("export", "Writes a model's weights under the published names, for PyTorch: unet, mrm and mpm as .pth and as safetensors, and its descriptor.",
            """
            mrnet models export ct-lung-nodule --out exported
            """)
        { Id, Output, CommonOptions.Models };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed)
    {
        var model = CommonOptions.Store(parsed).Find(parsed.GetRequiredValue(Id));
        using var folder = new StagedFolder(parsed.GetRequiredValue(Output));
        using var network = ModelFile.LoadWeights(model.Path, model.Descriptor.Network);
        var written = PublishedFiles.Write(network, folder.Path);
        File.WriteAllText(Path.Combine(folder.Path, model.Descriptor.Id + ".json"), model.Descriptor.ToJson());
        folder.Commit();
        Messages.Line($"{string.Join(", ", written.Select(Path.GetFileName))} and {model.Descriptor.Id}.json");
    }
}
