namespace MRNet.Imaging.DataSets;

/// <summary>A case of one image file and one file for each structure and rater.</summary>
internal sealed class FileCase : MultiRaterCase
{
    public required CaseImage Image { get; init; }

    /// <summary>[S][R]; null where a rater did not grade.</summary>
    public required CaseMask?[][] Masks { get; init; }

    internal override string? PictureFile => CaseImage.IsNifti(Image.Path) ? null : Image.Path;

    public override Volume ReadImage(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Image.Read();
    }

    public override RaterMasks ReadMasks(CancellationToken cancellation)
    {
        var grid = Image.ReadGrid();
        return new(grid, [.. Masks.Select(ofStructure => ofStructure.Select(Read).ToArray())]);

        byte[]? Read(CaseMask? mask)
        {
            cancellation.ThrowIfCancellationRequested();
            return mask?.Read(grid);
        }
    }

    /// <summary>As the masks are stored; as the image is where there are none and it has no channels.</summary>
    private protected override CaseMap Map(int structure)
    {
        var mask = Masks[structure].Concat(Masks.SelectMany(masks => masks)).FirstOrDefault(mask => mask is not null && CaseImage.IsNifti(mask.Path));
        if (mask is not null)
            return new(Name, mask.Path, mask.Axes);
        return CaseImage.IsNifti(Image.Path) && !Image.Axes.ChannelsLast ? new(Name, Image.Path, Image.Axes) : base.Map(structure);
    }
}
