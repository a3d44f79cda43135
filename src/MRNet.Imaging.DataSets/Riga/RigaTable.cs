using System.Globalization;
using System.Text;

namespace MRNet.Imaging.DataSets;

/// <param name="Name">The image's path in the table, without its ending.</param>
/// <param name="Image">Where it lies.</param>
/// <param name="Rater">1 to 6; 0 for the final label.</param>
internal sealed record RigaRow(string Name, string Image, string Mask, int Rater, string? Split);

/// <summary>A table of images and masks.</summary>
internal static class RigaTable
{
    private const long MaxBytes = 64 << 20;

    private static readonly string[] Columns = ["imgName", "maskName", "rater"];

    /// <summary>Whether the first line names the columns.</summary>
    public static bool IsOne(string path)
    {
        using var reader = new StreamReader(path, Encoding.Latin1);
        var start = new char[4096];
        var text = new string(start, 0, reader.ReadBlock(start, 0, start.Length));
        return Columns.All(Cells(text.Split('\n')[0]).Contains);
    }

    /// <exception cref="InvalidImageException">A row without a path, or a rater that is no number.</exception>
    public static IEnumerable<RigaRow> Read(string path)
    {
        var lines = TextOf(path).Split('\n', StringSplitOptions.TrimEntries);
        var at = Columns.Select(column => Array.IndexOf(Cells(lines[0]), column)).ToArray();
        for (var i = 1; i < lines.Length; i++)
            if (lines[i].Length > 0)
                yield return Row(path, Cells(lines[i]), at, i + 1);
    }

    private static RigaRow Row(string path, string[] cells, int[] at, int line)
    {
        if (cells.Length <= at.Max())
            throw new InvalidImageException($"{Path.GetFileName(path)}, line {line}: {cells.Length} cells; expected at least {at.Max() + 1}, as in the first line.");
        if (!double.TryParse(cells[at[2]], CultureInfo.InvariantCulture, out var rater) || rater is < 0 or > 1000 || rater != Math.Floor(rater))
            throw new InvalidImageException($"{Path.GetFileName(path)}, line {line}: rater is '{cells[at[2]]}'; expected a whole number, 0 for the final label.");

        var (image, mask) = (Place(path, cells[at[0]], line), Place(path, cells[at[1]], line));
        return new(Path.ChangeExtension(cells[at[0]].Replace('\\', '/').TrimStart('/'), null), image, mask, (int)rater, SplitOf(path));
    }

    /// <summary>Inside the table's folder: a table from elsewhere names no other files of this machine.</summary>
    private static string Place(string table, string cell, int line)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(table))!;
        var place = Path.GetFullPath(Path.Combine(folder, cell.Replace('\\', '/').TrimStart('/')));
        return cell.Length > 0 && place.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? place
            : throw new InvalidImageException($"{Path.GetFileName(table)}, line {line}: the path is '{cell}'; expected one inside the table's folder.");
    }

    /// <summary>Glaucoma_multirater_train.csv</summary>
    private static string? SplitOf(string table) => SplitNames.Of(Path.GetFileNameWithoutExtension(table).Split('_')[^1]);

    /// <summary>GBK, where the bytes are not UTF-8.</summary>
    private static string TextOf(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
            throw new ResourceLimitException($"{Path.GetFileName(path)} has {new FileInfo(path).Length} bytes; at most {MaxBytes} are read.");

        var bytes = File.ReadAllBytes(path);
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException)
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(936)!.GetString(bytes);
        }
    }

    /// <summary>The cells of one line; a cell with commas stands in quotation marks.</summary>
    internal static string[] Cells(string line)
    {
        List<string> cells = [];
        var (cell, quoted) = (new StringBuilder(), false);
        foreach (var letter in line.Trim().TrimStart('\ufeff').TrimStart("\u00ef\u00bb\u00bf".ToCharArray()))
            if (letter == '"')
                quoted = !quoted;
            else if (letter == ',' && !quoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
            }
            else
                cell.Append(letter);
        return [.. cells, cell.ToString()];
    }
}
