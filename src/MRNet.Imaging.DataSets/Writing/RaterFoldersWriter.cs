using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.DataSets;

/// <summary>One case in a folder for images and a folder for each rater.</summary>
internal static class RaterFoldersWriter
{
    public static void Write(MultiRaterDataSet data, MultiRaterCase one, string folder, string name, CancellationToken cancellation)
    {
        var images = Made(folder, RaterFoldersReader.Images);
        var isPicture = one.PictureFile is { } picture ? Copy(picture, Path.Combine(images, name)) : Image(one.ReadImage(cancellation), Path.Combine(images, name));

        var masks = one.ReadMasks(cancellation);
        for (var r = 0; r < masks.Raters; r++)
            for (var s = 0; s < masks.Structures; s++)
                Mask(masks.Grid, masks[s, r], Path.Combine(Made(folder, data.Raters[r], Below(data, s)), name), isPicture);
    }

    /// <summary>A single structure without a name needs no folder of its own.</summary>
    private static string Below(MultiRaterDataSet data, int structure) =>
        data.Structures is [RaterFoldersReader.OnlyStructure] ? "" : data.Structures[structure];

    /// <summary>As it is: a JPEG that is decoded and packed again as PNG is ten times as large.</summary>
    private static bool Copy(string picture, string stem)
    {
        using var source = File.OpenRead(picture);
        using var file = new AtomicFile(stem + Path.GetExtension(picture).ToLowerInvariant());
        source.CopyTo(file.Stream);
        file.Commit();
        return true;
    }

    /// <returns>Whether it is a picture now: its masks will be too.</returns>
    private static bool Image(Volume image, string stem)
    {
        var isPicture = image is { Channels: 1 or 3, Grid: { HasPatientSpace: false, Slices: 1 } } && image.Samples.All(value => value is >= 0 and <= 255 && value == MathF.Floor(value));
        if (isPicture)
            PictureWriter.Write(stem + ".png", image);
        else
            NiftiWriter.Write(stem + ".nii.gz", image);
        return isPicture;
    }

    private static void Mask(Grid grid, byte[]? mask, string stem, bool isPicture)
    {
        if (mask is null)
            return;
        if (isPicture)
            PictureWriter.Write(stem + ".png", grid.Columns, grid.Rows, [.. mask.Select(value => (byte)(value * 255))]);
        else
            NiftiWriter.Write<byte>(stem + ".nii.gz", grid, mask);
    }

    private static string Made(params string[] path) => Directory.CreateDirectory(Path.Combine(path)).FullName;
}
