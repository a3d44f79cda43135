using MRNet.Dicom;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Files;

/// <summary>An image as it was found on disk.</summary>
/// <param name="Series">Where it came from, when that is DICOM: DICOM results refer to it.</param>
/// <param name="FileName">What the user named, without its folders.</param>
public sealed record LoadedImage(Volume Volume, DicomSeries? Series, string FileName)
{
    /// <summary>The series instance UID, or the file's name.</summary>
    public string Source => Series?.SeriesInstanceUid ?? FileName;
}

/// <summary>How files become an image.</summary>
public sealed record ImageInputOptions
{
    public SeriesReadOptions Series { get; init; } = new();

    /// <summary>Modality of a NIfTI file or a picture, which do not say it.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Which volume of a 4-D NIfTI file, from 0.</summary>
    public int? VolumeIndex { get; init; }
}

/// <summary>Reads whatever the user named: DICOM files and folders, NIfTI, pictures.</summary>
public static class ImageInput
{
    private static readonly string[] NiftiEndings = [".nii", ".nii.gz", ".hdr", ".img"];
    private static readonly string[] PictureEndings = [".png", ".jpg", ".jpeg", ".tif", ".tiff"];

    /// <exception cref="InvalidImageException">Nothing there, nothing readable, or a damaged file.</exception>
    public static LoadedImage Read(IReadOnlyList<string> paths, ImageInputOptions options, IProgress<float>? progress, CancellationToken cancellation)
    {
        if (paths.FirstOrDefault(path => !File.Exists(path) && !Directory.Exists(path)) is { } absent)
            throw new InvalidImageException($"There is no file or folder {absent}.");

        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(paths[0]));
        if (paths is [var one] && File.Exists(one))
        {
            if (IsNifti(one))
                return new(NiftiReader.Read(one, new NiftiReadOptions { VolumeIndex = options.VolumeIndex, Modality = options.Modality }), null, name);
            if (HasEnding(one, PictureEndings))
                return new(PictureReader.Read(one, new PictureReadOptions { Modality = options.Modality }), null, name);
            if (new FileInfo(one).Length == 0)
                throw new InvalidImageException($"{Path.GetFileName(one)} is empty.");
            if (!DicomFile.HasValidHeader(one) && !options.Series.Tolerant)
                throw new InvalidImageException($"{Path.GetFileName(one)} is none of DICOM, NIfTI (.nii, .nii.gz), PNG, JPEG or TIFF. Name an image, or a folder of DICOM files.");
        }

        var series = DicomSeriesReader.Read(paths, options.Series, progress, cancellation);
        return new(series.Volume, series, name);
    }

    public static bool IsNifti(string path) => HasEnding(path, NiftiEndings);

    private static bool HasEnding(string path, string[] endings) =>
        endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));
}
