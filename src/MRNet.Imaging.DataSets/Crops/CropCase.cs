using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.DataSets;

/// <summary>The slices of one nodule, stacked along z; pixels only, no place in a patient.</summary>
/// <param name="slices">File names, the same in each folder.</param>
internal sealed class CropCase(CropFiles files, string[] slices, string[] raters) : MultiRaterCase
{
    public override Volume ReadImage(CancellationToken cancellation)
    {
        var pictures = Pictures("images", cancellation);
        var (first, pixels) = (pictures[0], pictures[0].Grid.PixelsPerSlice);
        var samples = new float[(long)pixels * slices.Length * first.Channels];
        for (var z = 0; z < slices.Length; z++)
            for (var channel = 0; channel < first.Channels; channel++)
                pictures[z].Slice(0, channel).CopyTo(samples.AsSpan((channel * slices.Length + z) * pixels, pixels));
        return new(first.Grid with { Slices = slices.Length }, samples, first.Channels);
    }

    public override RaterMasks ReadMasks(CancellationToken cancellation)
    {
        var grid = InCase.Read(Name, slices[0], () => PictureReader.ReadGrid(Content("images", slices[0])));
        return new(grid with { Slices = slices.Length }, [[.. raters.Select(rater => Stack(rater, grid, cancellation))]]);
    }

    private byte[] Stack(string rater, Grid grid, CancellationToken cancellation)
    {
        var pictures = Pictures(rater, cancellation);
        if (pictures[0].Grid != grid)
            throw Odd(rater, slices[0], pictures[0].Grid, grid);
        return [.. pictures.SelectMany(picture => Binary(picture.Slice(0)))];
    }

    /// <summary>All of one size and number of channels.</summary>
    private Volume[] Pictures(string folder, CancellationToken cancellation)
    {
        var pictures = new Volume[slices.Length];
        for (var z = 0; z < slices.Length; z++)
        {
            cancellation.ThrowIfCancellationRequested();
            pictures[z] = InCase.Read(Name, $"{folder}/{slices[z]}", () => PictureReader.Read(Content(folder, slices[z])));
            if (pictures[z].Grid != pictures[0].Grid || pictures[z].Channels != pictures[0].Channels)
                throw Odd(folder, slices[z], pictures[z].Grid, pictures[0].Grid);
        }

        return pictures;
    }

    private byte[] Content(string folder, string slice) => files.Read($"{Name}/{folder}/{slice}");

    private InvalidImageException Odd(string folder, string slice, Grid found, Grid wanted) =>
        new($"{Name}/{folder}/{slice} is {found.Columns} x {found.Rows}; the case's first picture is {wanted.Columns} x {wanted.Rows}. All pictures of a case must be of one size and kind.");

    /// <summary>Masks come as 0 and 255 (smoothed edges count from the middle on), or as 0 and 1.</summary>
    private static byte[] Binary(ReadOnlySpan<float> grey)
    {
        var mask = new byte[grey.Length];
        var inside = grey.ContainsAnyExcept(0f, 1f) ? 128 : 1;
        for (var i = 0; i < mask.Length; i++)
            mask[i] = grey[i] >= inside ? (byte)1 : (byte)0;
        return mask;
    }
}
