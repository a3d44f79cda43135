using System.CommandLine;
using MRNet.Imaging.Cli.Files;
using MRNet.Imaging.Cli.Network;
using MRNet.Imaging.Cli.Remote;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>What the user wants of a segmentation, as the command line says it.</summary>
internal sealed record SegmentOptions
{
    public required IReadOnlyList<string> Paths { get; init; }

    public required string Out { get; init; }

    public required ModelStore Store { get; init; }

    public string? Model { get; init; }

    public required SegmentationRequest Request { get; init; }

    public required IReadOnlyCollection<ResultFormat> Formats { get; init; }

    public required ImageInputOptions Input { get; init; }

    public required WriterOptions Writer { get; init; }

    public required string Device { get; init; }

    public required Precision Precision { get; init; }

    /// <summary>Only the whole network in single precision has an uncertainty that may be kept.</summary>
    public bool WritesUncertainty => Request.Quality == Quality.Full && Precision == Precision.Float32;

    /// <summary>Null: computed on this computer.</summary>
    public RemoteServer? Server { get; init; }

    public bool Overwrite { get; init; }

    public bool All { get; init; }

    public bool Quiet { get; init; }

    public bool Verbose { get; init; }

    public bool Json { get; init; }

    public LoadedModel Load(StoredModel model) => LoadedModel.Load(model, Device, Precision);
}

/// <summary>The arguments and options of <c>mrnet segment</c>.</summary>
internal sealed class SegmentSyntax
{
    private const string AllFormats = "seg,fractional,pm,nifti,png,json";

    private readonly Argument<string[]> paths = new("PATH") { Description = "DICOM files or folders, a NIfTI file, or a PNG, JPEG or TIFF picture.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string> folder = new("--out", "-o") { Description = "Folder for the results; made when absent.", Required = true, HelpName = "FOLDER" };
    private readonly Option<string?> model = new("--model", "-m") { Description = "Id of a model, or a weights file; chosen by the image's modality when absent." };
    private readonly Option<string?> region = new("--region", "-r") { Description = $"Where to look; millimetres are LPS. {Region.Syntax}" };
    private readonly Option<string?> expertness = new("--expertness", "-e") { Description = "How much each rater counts, such as 0.4,0.3,0.2,0.1; made to sum to 1. Equal when absent." };
    private readonly Option<double?> threshold = new("--threshold", "-t") { Description = "A voxel is inside at or above this probability (0..1]; the model's when absent." };
    private readonly Option<bool> keepLargest = new("--keep-largest") { Description = "Of each structure keep only the largest connected part in the mask; models of one organ do so by themselves." };
    private readonly Option<bool> noTemperature = new("--no-temperature") { Description = "Leave the probability as the network says it, without the temperature that calibrates it." };
    private readonly Option<string> quality = new("--quality") { Description = "full, or preview: the U-Net alone in about a sixth of the time, without raters and uncertainty; everything written says that it is a preview.", DefaultValueFactory = _ => "full" };
    private readonly Option<string> precision = new("--precision") { Description = "float32, bfloat16 (processors that have it, about twice as fast) or float16 (GPUs): lower ones are for masks and previews, write no uncertainty, and everything written says so.", DefaultValueFactory = _ => "float32" };
    private readonly Option<string> format = new("--format", "-f") { Description = "What to write, with commas.", DefaultValueFactory = _ => AllFormats };
    private readonly Option<bool> overwrite = new("--overwrite") { Description = "Replace results that are there already." };
    private readonly Option<bool> all = new("--all") { Description = "Walk a tree of studies: every series that fits the model, into a folder each, with a summary.csv. What is done is skipped, what fails does not stop the rest." };
    private readonly InputOptions input = new();
    private readonly SegmentPeers peers = new();
    private readonly RemoteSyntax remote = new();
    private readonly Option<string?> laterality = new("--laterality") { Description = "Side of a photograph that does not say it: R or L." };
    private readonly Option<bool> emptyFrames = new("--keep-empty-frames") { Description = "Write empty frames into the segmentation too; OHIF before 3.7 and XNAT shift masks without them." };

    private readonly Option<string> form = new("--seg") { Description = "binary, or labelmap: a byte for each voxel, smaller with many structures that do not overlap; older viewers and archives refuse it.", DefaultValueFactory = _ => "binary" };
    private readonly Option<bool> raters = new("--raters") { Description = "Write what each rater would outline as a DICOM Segmentation too." };
    private readonly Option<bool> report = new("--report") { Description = "Write a DICOM measurement report (TID 1500): volumes or areas and the cup-to-disc ratio, with their range over the raters." };
    private readonly Option<bool> overlay = new("--overlay") { Description = "Write DICOM pictures of uncertainty and contours over the image, for viewers that show no maps." };
    private readonly Option<bool> integerMaps = new("--pm-int") { Description = "Parametric maps in 16-bit integers, for web viewers that show no floats; 3D Slicer reads floats only." };
    private readonly Option<string?> compress = new("--compress") { Description = "rle: segmentations of 8 bits (probability, label map) compressed." };

    public SegmentSyntax()
    {
        form.AcceptOnlyFromAmong("binary", "labelmap");
        compress.AcceptOnlyFromAmong("rle");
        laterality.AcceptOnlyFromAmong("R", "L");
        quality.AcceptOnlyFromAmong("full", "preview");
        precision.AcceptOnlyFromAmong("float32", "bfloat16", "float16");
        format.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>().Split(',').FirstOrDefault(name => !AllFormats.Split(',').Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
                result.AddError($"--format holds '{unknown}'; expected some of {AllFormats}.");
        });
    }

    public Command Command(string description, string examples)
    {
        var command = new MrnetCommand("segment", description, examples)
        {
            paths, folder, model, region, expertness, threshold, keepLargest, noTemperature, quality, precision, format, CommonOptions.Device, overwrite, all, laterality, emptyFrames,
            form, raters, report, overlay, integerMaps, compress,
        };
        input.AddTo(command);
        peers.AddTo(command, paths, all);
        remote.AddTo(command);
        foreach (var option in new Option[] { CommonOptions.Models, CommonOptions.Quiet, CommonOptions.Verbose, CommonOptions.Json })
            command.Add(option);
        return command;
    }

    public SegmentPeers Peers => peers;

    /// <param name="fetched">A folder with the images, when they came from an archive.</param>
    public SegmentOptions Read(ParseResult parsed, string? fetched) => new()
    {
        Paths = fetched is null ? parsed.GetRequiredValue(paths) : [fetched],
        Out = parsed.GetRequiredValue(folder),
        Store = CommonOptions.Store(parsed),
        Model = parsed.GetValue(model),
        Request = new SegmentationRequest
        {
            Region = parsed.GetValue(region) is { } text ? Region.Parse(text) : null,
            Expertness = ModelsCommand.Numbers(parsed.GetValue(expertness)),
            Threshold = parsed.GetValue(threshold),
            KeepLargest = parsed.GetValue(keepLargest),
            Uncalibrated = parsed.GetValue(noTemperature),
            Quality = Enum.Parse<Quality>(parsed.GetRequiredValue(quality), ignoreCase: true),
        },
        Formats = Formats(parsed),
        Input = input.Read(parsed),
        Writer = Installation.WriterOptions() with
        {
            Laterality = parsed.GetValue(laterality),
            KeepEmptyFrames = parsed.GetValue(emptyFrames),
            LabelMap = parsed.GetRequiredValue(form) == "labelmap",
            IntegerMaps = parsed.GetValue(integerMaps),
            Compress = parsed.GetValue(compress) is not null,
        },
        Device = parsed.GetRequiredValue(CommonOptions.Device),
        Precision = Enum.Parse<Precision>(parsed.GetRequiredValue(precision), ignoreCase: true),
        Server = remote.Read(parsed, CommonOptions.Device, precision, CommonOptions.Models, all),
        Overwrite = parsed.GetValue(overwrite),
        All = parsed.GetValue(all),
        Quiet = parsed.GetValue(CommonOptions.Quiet),
        Verbose = parsed.GetValue(CommonOptions.Verbose),
        Json = parsed.GetValue(CommonOptions.Json),
    };

    /// <summary>A report refers to the segmentation, so it brings that along.</summary>
    private ResultFormat[] Formats(ParseResult parsed)
    {
        var chosen = parsed.GetRequiredValue(format).Split(',').Select(name => Enum.Parse<ResultFormat>(name, ignoreCase: true)).ToList();
        if (parsed.GetValue(raters))
            chosen.Add(ResultFormat.Raters);
        if (parsed.GetValue(report))
            chosen.AddRange([ResultFormat.Seg, ResultFormat.Report]);
        if (parsed.GetValue(overlay))
            chosen.Add(ResultFormat.Overlay);
        return [.. chosen.Distinct()];
    }
}
