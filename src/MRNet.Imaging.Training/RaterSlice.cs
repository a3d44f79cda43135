namespace MRNet.Imaging.Training;

/// <summary>One training picture with what each rater drew on it.</summary>
/// <param name="Patient">Whose it is; a split never parts a patient.</param>
/// <param name="Name">Patient, nodule and slice, for messages and reports.</param>
/// <param name="Image">(H, W), grey, 0..255.</param>
/// <param name="Masks">[R] of (H, W), 0 or 1.</param>
public sealed record RaterSlice(string Patient, string Name, byte[] Image, byte[][] Masks)
{
    /// <summary>The name without its last two parts, folder and slice.</summary>
    public string Case => string.Join('/', Name.Split('/')[..^2]);
}

/// <summary>Training pictures of one size and one number of raters.</summary>
public sealed record RaterSlices(int Rows, int Columns, int Raters, IReadOnlyList<RaterSlice> Slices)
{
    /// <summary>The slices of which <paramref name="chosen"/> holds.</summary>
    public RaterSlices Where(Func<RaterSlice, bool> chosen) => this with { Slices = [.. Slices.Where(chosen)] };

    public int Patients => Slices.Select(slice => slice.Patient).Distinct().Count();

    /// <summary>
    /// Puts the raters of each case in the order of the area they marked, the tightest first. For raters who are not the same
    /// persons from case to case (LIDC's readers are slots) this makes of each slot a style that a network can learn.
    /// </summary>
    public RaterSlices OrderedByArea() => this with
    {
        Slices = [.. Slices.GroupBy(slice => slice.Case).SelectMany(ByArea)],
    };

    private static IEnumerable<RaterSlice> ByArea(IEnumerable<RaterSlice> slices)
    {
        RaterSlice[] ofCase = [.. slices];
        int[] order = [.. Enumerable.Range(0, ofCase[0].Masks.Length).OrderBy(r => ofCase.Sum(slice => slice.Masks[r].Count(value => value != 0)))];
        return ofCase.Select(slice => slice with { Masks = [.. order.Select(r => slice.Masks[r])] });
    }
}
