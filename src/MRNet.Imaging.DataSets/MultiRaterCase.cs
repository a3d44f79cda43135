namespace MRNet.Imaging.DataSets;

/// <summary>One image (2-D or 3-D) of a data set, with what each rater drew on it.</summary>
public abstract class MultiRaterCase
{
    /// <summary>"case01", "LIDC-IDRI-0001/nodule-0"; unique in the set.</summary>
    public required string Name { get; init; }

    /// <summary>A split never parts a patient; the case's name where nothing is known.</summary>
    public required string Patient { get; init; }

    /// <summary>"Training", "Validation" or "Testing" as the data set's folders say, else null.</summary>
    public string? Split { get; init; }

    /// <summary>The PNG or JPEG file that is the whole image, where there is one: it can be copied as it is.</summary>
    internal virtual string? PictureFile => null;

    /// <summary>Decodes the image anew at each call.</summary>
    /// <exception cref="InvalidImageException">Damaged, or voxels that are not finite.</exception>
    public abstract Volume ReadImage(CancellationToken cancellation);

    /// <summary>Reads all masks anew at each call; the image is not decoded.</summary>
    /// <exception cref="InvalidImageException">Damaged, of another size than the image, or with a value that is neither inside nor outside.</exception>
    public abstract RaterMasks ReadMasks(CancellationToken cancellation);

    /// <summary>Reads a probability map somebody made of one structure of this case: NIfTI on the masks' own grid.</summary>
    /// <param name="grid">The masks' grid.</param>
    /// <returns>(D, H, W), cut to 0..1.</returns>
    /// <exception cref="InvalidImageException">No such file, another shape, or NaN.</exception>
    public float[] ReadMap(string path, Grid grid, int structure) => Map(structure).Read(path, grid);

    /// <summary>Writes such a map, float32, with shape, spacing and direction of the structure's masks; folders are made.</summary>
    public void WriteMap(string path, Grid grid, int structure, float[] map) => Map(structure).Write(path, grid, map);

    /// <summary>How maps of a structure are stored: for most as the image lies.</summary>
    private protected virtual CaseMap Map(int structure) => new(Name, null, default);

    /// <summary><see cref="ReadMasks"/> for those who cannot do without: training and scores.</summary>
    /// <exception cref="InvalidImageException">No rater graded anything here.</exception>
    public RaterMasks ReadGraded(CancellationToken cancellation)
    {
        var masks = ReadMasks(cancellation);
        return Enumerable.Range(0, masks.Structures).Any(s => masks.Present(s).Count > 0)
            ? masks
            : throw new InvalidImageException($"{Name} has no mask of any rater; expected at least one. Leave the case out, or put it under Testing.");
    }
}
