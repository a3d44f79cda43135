namespace MRNet.Imaging.DataSets;

/// <summary>
/// RIGA as the paper's authors pass it on (DiscRegion): tables <c>Glaucoma_multirater_SET.csv</c> with the columns imgName,
/// maskName and rater, one row for each image and rater, paths relative to the table with / or \, text in GBK or UTF-8.
/// Rater 0 is the final label, made from the others, and no rater: it is left out where others are. A mask is 0 outside,
/// 128 disc, 255 cup; the cup lies in the disc, so the disc is both. PNG, JPEG and TIFF are read.
/// </summary>
internal static class RigaReader
{
    private const string Photograph = "OP";

    private static readonly string[] Structures = ["disc", "cup"];

    public static bool Fits(string root) => DataFolder.Files(root).Any(IsTable);

    public static bool IsTable(string path) => path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && RigaTable.IsOne(path);

    /// <param name="path">One table, or the folder of all.</param>
    /// <exception cref="InvalidImageException">A broken table, or an image that is not there.</exception>
    public static MultiRaterDataSet Open(string path)
    {
        var tables = File.Exists(path) ? [path] : DataFolder.Files(path).Where(IsTable).ToArray();
        RigaRow[] rows = [.. tables.SelectMany(RigaTable.Read)];
        if (rows.Any(row => row.Rater > 0))
            rows = [.. rows.Where(row => row.Rater > 0)];
        if (rows.Length == 0)
            throw new InvalidImageException($"{Path.GetFileName(path)} has no row; expected one for each image and rater.");

        int[] raters = [.. rows.Select(row => row.Rater).Distinct().Order()];
        var cases = rows.GroupBy(row => row.Image).Select(image => CaseOf([.. image], raters)).ToArray();
        return new(DataFolder.NameOf(path), "riga", Structures, [.. raters.Select(rater => rater == 0 ? "final label" : $"Rater{rater}")], CaseNames.Unique(cases)) { Modality = Photograph };
    }

    private static FileCase CaseOf(RigaRow[] rows, int[] raters)
    {
        var (image, name) = (rows[0].Image, rows[0].Name);
        if (!File.Exists(image))
            throw new InvalidImageException($"{name}: there is no image {Path.GetFileName(image)} where the table says; paths are relative to the table's folder.");

        CaseMask?[] Masks(MaskCoding coding) => [.. raters.Select(rater => MaskOf(rows, rater) is { } path ? new CaseMask(name, path, Coding: coding) : null)];
        return new()
        {
            Name = name,
            Patient = name,
            Split = rows[0].Split,
            Image = new(name, image, default, Photograph),
            Masks = [Masks(MaskCoding.RigaDisc), Masks(MaskCoding.RigaCup)],
        };
    }

    /// <summary>A file that is not there is no vote.</summary>
    private static string? MaskOf(RigaRow[] rows, int rater) => rows.FirstOrDefault(row => row.Rater == rater && File.Exists(row.Mask))?.Mask;
}
