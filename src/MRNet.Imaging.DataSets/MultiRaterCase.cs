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
