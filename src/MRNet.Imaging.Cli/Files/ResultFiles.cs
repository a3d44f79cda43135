using MRNet.Imaging.Dicom;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Cli.Files;

/// <summary>A form in which a result can be written.</summary>
internal enum ResultFormat
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
}

/// <summary>Writes a result's files, all or none.</summary>
internal sealed class ResultFiles(string folder, IReadOnlyCollection<ResultFormat> formats, WriterOptions options, bool overwrite)
{
    public const string Summary = "result.json";

    /// <summary>Looks before the work, not after it, whether the results have a place.</summary>
    /// <exception cref="InvalidImageException">Results are there already.</exception>
    /// <exception cref="ResourceLimitException">The folder cannot be written.</exception>
    public void CheckPlace(IReadOnlyList<Structure> structures)
    {
        if (!overwrite && Names(structures).FirstOrDefault(name => File.Exists(Path.Combine(folder, name))) is { } there)
            throw new InvalidImageException($"{Path.Combine(folder, there)} exists; give --overwrite to replace it, or another --out.");

        using var _ = new StagedFolder(folder);
    }

    /// <returns>The names written.</returns>
    /// <exception cref="ResourceLimitException">The disk is full or went away.</exception>
    public IReadOnlyList<string> Write(LoadedImage image, SegmentationResult result, string source, CancellationToken cancellation)
    {
        using var staged = new StagedFolder(folder);
        try
        {
            var names = new List<string>();
            foreach (var (name, write) in Files(image, result, source))
            {
                cancellation.ThrowIfCancellationRequested();
                write(Path.Combine(staged.Path, name));
                names.Add(name);
            }

            staged.Commit();
            return names;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ResourceLimitException($"The results could not be written to {folder}: {error.Message}", error);
        }
    }

    private IEnumerable<string> Names(IReadOnlyList<Structure> structures)
    {
        if (formats.Contains(ResultFormat.Seg))
            yield return "segmentation.dcm";
        if (formats.Contains(ResultFormat.Png))
            yield return "contact-sheet.png";
        if (formats.Contains(ResultFormat.Json))
            yield return Summary;
        foreach (var structure in structures.Select(Name))
        {
            string[] names =
            [
                .. formats.Contains(ResultFormat.Pm) ? [$"probability-{structure}.dcm", $"uncertainty-{structure}.dcm"] : Array.Empty<string>(),
                .. formats.Contains(ResultFormat.Nifti) ? [$"mask-{structure}.nii.gz", $"probability-{structure}.nii.gz", $"uncertainty-{structure}.nii.gz"] : Array.Empty<string>(),
            ];
            foreach (var name in names)
                yield return name;
        }
    }

    private IEnumerable<(string Name, Action<string> Write)> Files(LoadedImage image, SegmentationResult result, string source)
    {
        var (maps, grid, box) = (result.Maps, result.Maps.Grid, result.Maps.Box);

        if (formats.Contains(ResultFormat.Seg) && image.Series is { } series)
            yield return ("segmentation.dcm", path => SegmentationWriter.Write(series, result, options).SaveAs(path));

        for (var i = 0; i < result.Structures.Count; i++)
        {
            var (s, name) = (i, Name(result.Structures[i]));
            if (formats.Contains(ResultFormat.Pm) && image.Series is { } from)
            {
                yield return ($"probability-{name}.dcm", path => ParametricMapWriter.Probability(from, result, s, options).SaveAs(path));
                yield return ($"uncertainty-{name}.dcm", path => ParametricMapWriter.Uncertainty(from, result, s, options).SaveAs(path));
            }

            if (formats.Contains(ResultFormat.Nifti))
            {
                yield return ($"mask-{name}.nii.gz", path => NiftiWriter.Write<byte>(path, grid, box, result.Masks[s], "MRNet mask"));
                yield return ($"probability-{name}.nii.gz", path => NiftiWriter.Write<float>(path, grid, box, maps.Probability[s], "MRNet probability"));
                yield return ($"uncertainty-{name}.nii.gz", path => NiftiWriter.Write<float>(path, grid, box, maps.Uncertainty[s], "MRNet uncertainty"));
            }
        }

        if (formats.Contains(ResultFormat.Png))
            yield return ("contact-sheet.png", path => ContactSheet.Write(path, image.Volume, result));
        if (formats.Contains(ResultFormat.Json))
            yield return (Summary, path => File.WriteAllText(path, ResultJson.Of(image, result, source)));
    }

    /// <summary>A structure's label as part of a file name.</summary>
    private static string Name(Structure structure) =>
        new([.. structure.Label.ToLowerInvariant().Select(letter => char.IsLetterOrDigit(letter) ? letter : '-')]);
}
