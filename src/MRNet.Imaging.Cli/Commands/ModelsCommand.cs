using System.CommandLine;
using System.Globalization;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using Spectre.Console;
using TorchSharp;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet models</c>: what models there are, what one is, from and to published checkpoints, and raw tensors through a network.</summary>
internal static class ModelsCommand
{
    public static Command Create() => new("models", "Lists, shows, checks, imports and exports models, and runs raw tensors through a network.")
    {
        List(), Show(), ModelsCheckCommand.Create(), ModelsImportCommand.Create(), ModelsExportCommand.Create(), Run(),
    };

    private static MrnetCommand List()
    {
        var command = new MrnetCommand("list", "Lists the models that can be used.",
            """
            mrnet models list
            mrnet models list --models my-models
            """)
        { CommonOptions.Models, CommonOptions.Json };

        command.SetAction(parsed =>
        {
            var models = CommonOptions.Store(parsed).List();
            if (parsed.GetValue(CommonOptions.Json))
                Console.Out.WriteLine($"[{string.Join(",\n", models.Select(model => model.Descriptor.ToJson()))}]");
            else
                AnsiConsole.Write(Table(models));
        });
        return command;
    }

    private static Table Table(IEnumerable<StoredModel> models)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("id", "version", "for", "structures", "raters", "what");
        foreach (var (model, _) in models)
            table.AddRow(
                Markup.Escape(model.Id), Markup.Escape(model.Version), Markup.Escape(string.Join(' ', model.Modalities)),
                Markup.Escape(string.Join(", ", model.Structures.Select(structure => structure.Label))), $"{model.Raters.Count}", Markup.Escape(model.DisplayName));
        return table;
    }

    private static MrnetCommand Show()
    {
        var id = new Argument<string>("ID") { Description = "A model's id, or a weights file." };
        var command = new MrnetCommand("show", "Shows all that a model says of itself: data, licence, scores, how images are prepared.",
            """
            mrnet models show ct-lung-nodule
            """)
        { id, CommonOptions.Models };
        command.SetAction(parsed =>
        {
            var model = CommonOptions.Store(parsed).Find(parsed.GetRequiredValue(id));
            Console.Out.WriteLine(model.Descriptor.ToJson());
        });
        return command;
    }

    private static MrnetCommand Run()
    {
        var weights = new Argument<string>("WEIGHTS") { Description = "Weights with the published names (unet.*, mrm.*, mpm.*), safetensors." };
        var inputs = new Argument<string>("INPUTS") { Description = "A safetensors file with image_norm (B, C, H, W)." };
        var options = new Option<string>("--options") { Description = "Which network: paper or published.", DefaultValueFactory = _ => "paper" };
        options.AcceptOnlyFromAmong("paper", "published");
        var expertness = new Option<string?>("--expertness") { Description = "Weight of each rater, with commas; equal when absent." };
        var output = new Option<string>("--out") { Description = "Where to write coarse, raters, uncertainty and refined (safetensors).", Required = true };
        var command = new MrnetCommand("run", "Runs raw tensors through a network, so that implementations can be compared. Outputs: coarse (B,S,H,W), raters (B,R,S,H,W) and refined (B,S,H,W) as logits, uncertainty (B,S,H,W).",
            """
            mrnet models run weights.safetensors inputs.safetensors --options published --expertness 0.2,0.2,0.2,0.2,0.1,0.1 --out out.safetensors
            """)
        { weights, inputs, options, expertness, output };

        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            parsed.GetRequiredValue(weights), parsed.GetRequiredValue(inputs), parsed.GetRequiredValue(options) == "published",
            Numbers(parsed.GetValue(expertness)), parsed.GetRequiredValue(output), cancellation), cancellation));
        return command;
    }

    private static void Run(string weights, string inputs, bool published, float[]? expertness, string output, CancellationToken cancellation)
    {
        StagedFolder.CheckWritable(Path.GetDirectoryName(Path.GetFullPath(output))!);
        using var off = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var file = SafetensorsFile.Open(weights);
        using var given = SafetensorsFile.Open(inputs);

        using var network = new MultiRaterNetwork(OptionsOf(file, published));
        NetworkWeights.Load(network, file);
        network.eval();

        if (!given.Tensors.ContainsKey("image_norm"))
            throw new InvalidImageException($"{Path.GetFileName(inputs)} has no tensor image_norm (B, C, H, W); it has {string.Join(", ", given.Tensors.Keys.Take(5))}.");
        var image = given.Read("image_norm").to(torch.ScalarType.Float32);
        string[] raters = [.. Enumerable.Range(1, network.Options.Raters).Select(r => $"R{r}")];
        CheckShape(image, network.Options);
        var vector = torch.tensor(Expertness.Of(expertness, raters)).unsqueeze(0).expand(image.size(0), -1);

        cancellation.ThrowIfCancellationRequested();
        var result = network.call(image, vector);
        SafetensorsFile.Write(output, new Dictionary<string, torch.Tensor>
        {
            ["coarse"] = result.Coarse,
            ["raters"] = result.Raters,
            ["uncertainty"] = result.Uncertainty,
            ["refined"] = result.Refined,
        });
    }

    private static void CheckShape(torch.Tensor image, NetworkOptions options)
    {
        if (image.shape is not [> 0, var channels, > 0 and var height, > 0 and var width] || channels != options.Channels || height % MultiRaterNetwork.SizeStep != 0 || width % MultiRaterNetwork.SizeStep != 0)
            throw new InvalidImageException($"image_norm is ({string.Join(", ", image.shape)}); expected (B, {options.Channels}, H, W) with H and W multiples of {MultiRaterNetwork.SizeStep}.");
    }

    /// <summary>The shape of a network stands in its weights.</summary>
    private static NetworkOptions OptionsOf(SafetensorsFile file, bool published)
    {
        var width = (int)Size(file, "unet.rn.0.weight", 0);
        var channels = (int)Size(file, "unet.rn.0.weight", 1);
        var raters = (int)Size(file, "unet.conv.weight", 1);
        var structures = (int)Size(file, "unet.up5.weight", 1);
        return published
            ? NetworkOptions.Published(raters, structures, channels, width)
            : NetworkOptions.Paper(raters, structures, channels, width);
    }

    private static long Size(SafetensorsFile file, string name, int axis) =>
        file.Tensors.TryGetValue(name, out var entry) && entry.Shape.Length > axis
            ? entry.Shape[axis]
            : throw new WeightsException($"The weights lack {name}; expected the published names unet.*, mrm.*, mpm.*.");

    /// <summary>Numbers with commas.</summary>
    /// <exception cref="InvalidImageException">Something else.</exception>
    internal static float[]? Numbers(string? text) => text is null ? null : [.. text.Split(',').Select(part =>
        float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidImageException($"Expertness holds '{part}'; expected numbers with commas, such as 0.4,0.3,0.2,0.1."))];
}
