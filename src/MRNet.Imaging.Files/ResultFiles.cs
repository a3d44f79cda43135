using MRNet.Dicom;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Files;

/// <summary>A form in which a result can be written.</summary>
public enum ResultFormat
{
    /// <summary>DICOM Segmentation.</summary>
    Seg,

    /// <summary>DICOM Parametric Maps of probability and uncertainty.</summary>
    Pm,

    /// <summary>Mask, probability and uncertainty as NIfTI.</summary>
    Nifti,

    /// <summary>A contact sheet.</summary>
    Png,

    /// <summary>result.json</summary>
    Json,

    /// <summary>DICOM Segmentation of the probabilities, FRACTIONAL.</summary>
    Fractional,

    /// <summary>DICOM Segmentation of what each rater would outline.</summary>
    Raters,

    /// <summary>DICOM measurement report; refers to the Segmentation.</summary>
    Report,

    /// <summary>DICOM Secondary Capture: uncertainty and contours over the image.</summary>
    Overlay,
}

/// <summary>One file of a result.</summary>
internal sealed record ResultFile(ResultFormat Format, string Name, Action<LoadedImage, SegmentationResult, string> Write)
{
    /// <summary>It is made of maps, slice by slice, and may be begun before they are complete.</summary>
    public bool IsMap { get; init; }
}

/// <summary>Writes a result's files, all or none.</summary>
/// <param name="uncertainty">Whether there is an uncertainty that may be kept; if not, one of an earlier result is taken away rather than left beside this one.</param>
public sealed class ResultFiles(string folder, IReadOnlyCollection<ResultFormat> formats, WriterOptions options, bool overwrite, bool uncertainty = true)
{
    public const string Summary = "result.json";

    private readonly Lock gate = new();
    private DicomDataset? segmentation;

    /// <summary>Looks before the work, not after it, whether the results have a place.</summary>
    /// <exception cref="InvalidImageException">Results are there already.</exception>
    /// <exception cref="ResourceLimitException">The folder cannot be written.</exception>
    public void CheckPlace(IReadOnlyList<Structure> structures)
    {
        if (!overwrite && Table(structures).Select(file => file.Name).FirstOrDefault(name => File.Exists(Path.Combine(folder, name))) is { } there)
            throw new InvalidImageException($"{Path.Combine(folder, there)} exists; give --overwrite to replace it, or another --out.");

        StagedFolder.CheckWritable(folder);
    }

    /// <returns>The names written.</returns>
    /// <exception cref="ResourceLimitException">The disk is full or went away.</exception>
    public IReadOnlyList<string> Write(LoadedImage image, SegmentationResult result, CancellationToken cancellation)
    {
        using var writing = Begin(image);
        return writing.Finish(result, cancellation);
    }

    /// <summary>The same for a result that is still being computed.</summary>
    /// <exception cref="ResourceLimitException">The folder cannot be written.</exception>
    public ResultWriting Begin(LoadedImage image)
    {
        segmentation = null;
        return new(this, image);
    }

    internal string Folder => folder;

    /// <summary>The files that this image has.</summary>
    internal IReadOnlyList<ResultFile> Written(LoadedImage image, IReadOnlyList<Structure> structures) =>
    [
        .. Table(structures).Where(file => IsWritten(file.Name) && (image.Series is not null || !IsDicom(file.Format))),
    ];

    /// <summary>Takes away what an earlier result left and this one has not.</summary>
    internal void DeleteUnwritten(IReadOnlyList<Structure> structures)
    {
        foreach (var file in Table(structures).Where(file => !IsWritten(file.Name)))
            File.Delete(Path.Combine(folder, file.Name));
    }

    /// <summary>Formats that need DICOM images to refer to.</summary>
    public static bool IsDicom(ResultFormat format) => format is not (ResultFormat.Nifti or ResultFormat.Png or ResultFormat.Json);

    /// <summary>Behind each name, before ".dcm": where several forms of one object share a folder.</summary>
    public string NameEnding { get; init; } = "";

    /// <summary>For the Segmentation that a report refers to, when its UIDs are to be other than the report's.</summary>
    public WriterOptions? SegmentationOptions { get; init; }

    /// <summary>What the raters say may be kept only where the uncertainty may.</summary>
    private bool IsWritten(string name) => uncertainty || !(name.StartsWith("uncertainty-", StringComparison.Ordinal) || name == "raters.dcm");

    /// <summary>All files of the formats asked for: what they are called and how they are written.</summary>
    private IEnumerable<ResultFile> Table(IReadOnlyList<Structure> structures)
    {
        ResultFile[] whole =
        [
            new(ResultFormat.Seg, "segmentation.dcm", (image, result, path) => Segmentation(image, result).SaveAs(path)),
            new(ResultFormat.Fractional, "probability.dcm", (image, result, path) => SegmentationWriter.Probability(image.Series!, result, options).SaveAs(path)),
            new(ResultFormat.Raters, "raters.dcm", (image, result, path) => SegmentationWriter.Raters(image.Series!, result, options).SaveAs(path)),
            new(ResultFormat.Report, "report.dcm", (image, result, path) => MeasurementReportWriter.Write(image.Series!, result, Segmentation(image, result), options).SaveAs(path)),
            new(ResultFormat.Overlay, "overlay.dcm", (image, result, path) => OverlayWriter.Write(image.Series!, result, options).SaveAs(path)),
            .. structures.SelectMany(Maps),
            new(ResultFormat.Png, "contact-sheet.png", (image, result, path) => ContactSheet.Write(path, image.Volume, result)),
            new(ResultFormat.Json, Summary, (image, result, path) => File.WriteAllText(path, ResultJson.Of(image, result))),
        ];
        return whole.Where(file => formats.Contains(file.Format)).Select(file => IsDicom(file.Format) ? file with { Name = $"{Path.GetFileNameWithoutExtension(file.Name)}{NameEnding}.dcm" } : file);
    }

    /// <summary>Made once: the report names the same object that is written.</summary>
    private DicomDataset Segmentation(LoadedImage image, SegmentationResult result)
    {
        lock (gate)
            return segmentation ??= SegmentationWriter.Write(image.Series!, result, SegmentationOptions ?? options);
    }

    private IEnumerable<ResultFile> Maps(Structure structure, int s)
    {
        var name = Name(structure);
        return
        [
            new(ResultFormat.Pm, $"probability-{name}.dcm", (image, result, path) => ParametricMapWriter.Probability(image.Series!, result, s, options).SaveAs(path)) { IsMap = true },
            new(ResultFormat.Pm, $"uncertainty-{name}.dcm", (image, result, path) => ParametricMapWriter.Uncertainty(image.Series!, result, s, options).SaveAs(path)) { IsMap = true },
            new(ResultFormat.Nifti, $"mask-{name}.nii.gz", (_, result, path) => Nifti<byte>(path, result, result.Masks[s], "MRNet mask")),
            new(ResultFormat.Nifti, $"probability-{name}.nii.gz", (_, result, path) => Nifti<float>(path, result, result.Maps.Probability[s], "MRNet probability")) { IsMap = true },
            new(ResultFormat.Nifti, $"uncertainty-{name}.nii.gz", (_, result, path) => Nifti<float>(path, result, result.Maps.Uncertainty[s], "MRNet uncertainty")) { IsMap = true },
        ];
    }

    private static void Nifti<T>(string path, SegmentationResult result, T[] map, string description)
        where T : unmanaged => NiftiWriter.Write(path, result.Maps, map, description);

    /// <summary>A structure's label as part of a file name.</summary>
    private static string Name(Structure structure) =>
        new([.. structure.Label.ToLowerInvariant().Select(letter => char.IsLetterOrDigit(letter) ? letter : '-')]);
}
