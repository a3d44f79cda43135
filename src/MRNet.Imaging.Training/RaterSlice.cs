namespace MRNet.Imaging.Training;

/// <summary>One training picture with what each rater drew on it.</summary>
/// <param name="Patient">Whose it is; a split never parts a patient.</param>
/// <param name="Name">Patient, nodule and slice, for messages and reports.</param>
/// <param name="Image">(H, W), grey, 0..255.</param>
/// <param name="Masks">[R] of (H, W), 0 or 1.</param>
public sealed record RaterSlice(string Patient, string Name, byte[] Image, byte[][] Masks);

/// <summary>Training pictures of one size and one number of raters.</summary>
public sealed record RaterSlices(int Rows, int Columns, int Raters, IReadOnlyList<RaterSlice> Slices)
{
    /// <summary>The slices of which <paramref name="chosen"/> holds.</summary>
    public RaterSlices Where(Func<RaterSlice, bool> chosen) => this with { Slices = [.. Slices.Where(chosen)] };

    public int Patients => Slices.Select(slice => slice.Patient).Distinct().Count();
}
