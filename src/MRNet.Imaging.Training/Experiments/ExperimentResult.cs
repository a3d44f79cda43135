using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>What came out for a table, as far as it is done.</summary>
/// <param name="Scored">On whom: "the test patients (images: 12, patients: 12 ...)".</param>
/// <param name="Settings">What else decides the numbers.</param>
public sealed record ExperimentResult(PaperTable Table, IReadOnlyList<string> Structures, string Scored, string Settings, IReadOnlyList<RowResult> Rows);

/// <param name="Cells">One for each column; empty where the row failed.</param>
/// <param name="Failure">Why there are none.</param>
public sealed record RowResult(string Label, IReadOnlyList<Cell> Cells, Exception? Failure = null);

/// <param name="Structures">One for each structure; null where no image has such a target.</param>
public sealed record Cell(IReadOnlyList<CellValue?> Structures)
{
    /// <param name="seeds">[seed][S][images]</param>
    public static Cell Of(IReadOnlyList<Scored[][]> seeds) => new([.. seeds[0].Select((_, s) => CellValue.Of([.. seeds.Select(ofSeed => ofSeed[s])]))]);
}

/// <summary>A number of a table.</summary>
/// <param name="Cases">Mean over the images (of their means over the seeds), with its 95 % interval by bootstrap over the patients.</param>
/// <param name="Spread">Standard deviation over the seeds of the mean over the images; null for one seed.</param>
/// <param name="Images">Each image's mean over the seeds, and whose it is.</param>
public sealed record CellValue(Interval Cases, int Seeds, double? Spread, IReadOnlyList<Scored> Images)
{
    /// <summary>Intervals are the same at every run.</summary>
    private const int BootstrapSeed = 1;

    /// <param name="seeds">[seed][images], the same images for each.</param>
    public static CellValue? Of(IReadOnlyList<Scored[]> seeds)
    {
        if (seeds[0].Length == 0)
            return null;
        Scored[] images = [.. seeds[0].Select((image, i) => image with { Value = seeds.Average(ofSeed => ofSeed[i].Value) })];
        return new(new Bootstrap(BootstrapSeed).Mean(Values(images), Patients(images)), seeds.Count, seeds.Count < 2 ? null : Deviation([.. seeds.Select(ofSeed => ofSeed.Average(image => image.Value))]), images);
    }

    /// <summary>This minus another over the same images, with its 95 % interval by bootstrap over the patients: an interval without 0 says that the two differ.</summary>
    public Interval Minus(CellValue other) => new Bootstrap(BootstrapSeed).Difference(Values(Images), Values(other.Images), Patients(Images));

    private static double[] Values(IEnumerable<Scored> images) => [.. images.Select(image => image.Value)];

    private static string[] Patients(IEnumerable<Scored> images) => [.. images.Select(image => image.Patient)];

    private static double Deviation(double[] means) => Math.Sqrt(means.Sum(mean => Math.Pow(mean - means.Average(), 2)) / (means.Length - 1));
}
