using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.DataSets;

/// <summary>How the values of a mask file are meant.</summary>
internal enum MaskCoding
{
    /// <summary>0 and 1, or in a picture 0 and 255; anything else is an error. JPEG, which blurs edges, is parted in the middle.</summary>
    Binary,

    /// <summary>RIGA: 0 outside, 128 disc, 255 cup; the cup lies in the disc.</summary>
    RigaDisc,

    RigaCup,
}

/// <summary>One rater's file for one structure of one case.</summary>
internal sealed record CaseMask(string Case, string Path, NiftiAxes Axes = default, MaskCoding Coding = MaskCoding.Binary)
{
    /// <param name="grid">The image's.</param>
    /// <returns>(D, H, W), 0 or 1.</returns>
    public byte[] Read(Grid grid) => InCase.Read(Case, Path, () =>
    {
        var volume = CaseImage.IsNifti(Path) ? Axes.Turned(NiftiReader.Read(Path)) : PictureReader.Read(Path);
        CheckSize(volume.Grid, grid);
        return Coding == MaskCoding.Binary ? Binary(volume) : Riga(volume);
    });

    private static void CheckSize(Grid mask, Grid image)
    {
        if ((mask.Columns, mask.Rows, mask.Slices) != (image.Columns, image.Rows, image.Slices))
            throw new InvalidImageException(
                $"The mask is {mask.Columns} x {mask.Rows} x {mask.Slices} voxels; its image is {image.Columns} x {image.Rows} x {image.Slices}. Draw or export it on the image's own grid.");
    }

    private byte[] Binary(Volume volume)
    {
        var isPicture = !CaseImage.IsNifti(Path);
        var samples = One(volume);
        if (isPicture && Path.EndsWith('g') && !Path.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) // .jpg, .jpeg
            return [.. samples.Select(value => value >= 128 ? (byte)1 : (byte)0)];

        var inside = isPicture && samples.Contains(255f) ? 255f : 1f;
        var mask = new byte[samples.Length];
        for (var i = 0; i < mask.Length; i++)
            mask[i] = samples[i] == 0 ? (byte)0 : samples[i] == inside ? (byte)1 : throw Odd(samples[i], isPicture ? "0 and 255, or 0 and 1" : "0 and 1");
        return mask;
    }

    private byte[] Riga(Volume volume)
    {
        var least = Coding == MaskCoding.RigaCup ? 255 : 128;
        return [.. One(volume).Select(value => value is 0 or 128 or 255 ? (byte)(value >= least ? 1 : 0) : throw Odd(value, "0, 128 (disc) and 255 (cup)"))];
    }

    /// <summary>Grey masks are often stored as red = green = blue.</summary>
    private static float[] One(Volume volume)
    {
        var voxels = (int)volume.Grid.Count;
        for (var i = voxels; i < volume.Samples.Length; i++)
            if (volume.Samples[i] != volume.Samples[i % voxels])
                throw new InvalidImageException("The mask is coloured; expected one value for each pixel, grey.");
        return volume.Channels == 1 ? volume.Samples : volume.Samples[..voxels];
    }

    private static InvalidImageException Odd(float value, string wanted) =>
        new(FormattableString.Invariant($"The mask holds the value {value:R}; expected only {wanted}."));
}
