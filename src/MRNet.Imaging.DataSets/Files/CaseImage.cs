using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.DataSets;

/// <summary>An image file of a case, NIfTI or picture, read when asked for.</summary>
/// <param name="Case">For messages.</param>
/// <param name="Axes">How a NIfTI file's dimensions are meant; nothing for a picture.</param>
internal sealed record CaseImage(string Case, string Path, NiftiAxes Axes, string Modality = "")
{
    private static readonly string[] Endings = [".nii.gz", ".nii", ".png", ".jpg", ".jpeg", ".tif", ".tiff"];

    public static bool IsImage(string path) => Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    public static bool IsNifti(string path) => IsImage(path) && path.Contains(".nii", StringComparison.OrdinalIgnoreCase);

    /// <summary>The file's name without folder and ending: what an image and its masks share.</summary>
    public static string StemOf(string path)
    {
        var name = System.IO.Path.GetFileName(path);
        return name[..^(Endings.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ?? "").Length];
    }

    /// <summary>The grid without decoding the voxels.</summary>
    public Grid ReadGrid() => InCase.Read(Case, Path, () => IsNifti(Path)
        ? Axes.Turned(NiftiReader.ReadGrid(Path, Axes.Options))
        : PictureReader.ReadGrid(Path));

    public Volume Read() => InCase.Read(Case, Path, () => Finite(IsNifti(Path)
        ? Axes.Turned(NiftiReader.Read(Path, Axes.Options with { Modality = Modality }))
        : PictureReader.Read(Path, new PictureReadOptions { Modality = Modality })));

    /// <summary>A network answers NaN with NaN everywhere: such an image is refused.</summary>
    internal static Volume Finite(Volume volume)
    {
        var odd = 0L;
        foreach (var value in volume.Samples)
            odd += float.IsFinite(value) ? 0 : 1;
        return odd == 0
            ? volume
            : throw new InvalidImageException($"{odd} of {volume.Samples.Length} samples are NaN or infinite; expected numbers. Replace them, or leave the case out.");
    }
}
