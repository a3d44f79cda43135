using System.Globalization;
using System.Text;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>A table as text: for the terminal, Markdown, and CSV with everything there is to a number.</summary>
public static class TableText
{
    /// <summary>What a cell shows: its structures parted by " / ", each with its interval or its spread over the seeds.</summary>
    /// <param name="strong">How the best of a column is set off.</param>
    public static IReadOnlyList<string> Cells(ExperimentResult result, RowResult row, Func<string, string> strong) => row.Failure is not null
        ? [.. result.Table.Columns.Select(_ => "failed")]
        : [.. row.Cells.Select((cell, c) => string.Join(" / ", Shown(result.Table.Columns[c], cell).Select(s => Value(result, c, s, cell.Structures[s], strong))))];

    /// <summary>The row that all are compared with minus this one, cell by cell, with the interval of the difference; null where there is nothing to compare.</summary>
    public static IReadOnlyList<string>? Differences(ExperimentResult result, RowResult row) => Against(result, row) is not { } whole || !result.Table.ShowsIntervals ? null
        : [.. row.Cells.Select((cell, c) => string.Join(" / ", Shown(result.Table.Columns[c], cell).Select(s => Difference(result.Table.Columns[c].Measure, whole.Cells[c].Structures[s], cell.Structures[s]))))];

    public static string Markdown(ExperimentResult result)
    {
        var text = new StringBuilder()
            .AppendLine(result.Table.Caption).AppendLine()
            .AppendLine(CultureInfo.InvariantCulture, $"| | {string.Join(" | ", result.Table.Columns.Select(column => Escaped(column.Label)))} |")
            .AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(result.Table.Columns.Select(_ => "---|"))}");
        foreach (var row in result.Rows)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Escaped(row.Label)} | {string.Join(" | ", Cells(result, row, value => $"**{value}**"))} |");
        text.AppendLine();
        if (result.Rows.Any(row => Differences(result, row) is not null))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Escaped(result.Table.Against)} minus | {string.Join(" | ", result.Table.Columns.Select(column => Escaped(column.Label)))} |")
                .AppendLine(CultureInfo.InvariantCulture, $"|---|{string.Concat(result.Table.Columns.Select(_ => "---|"))}");
            foreach (var row in result.Rows)
                if (Differences(result, row) is { } differences)
                    text.AppendLine(CultureInfo.InvariantCulture, $"| {Escaped(row.Label)} | {string.Join(" | ", differences)} |");
            text.AppendLine();
        }

        foreach (var note in Notes(result))
            text.AppendLine(CultureInfo.InvariantCulture, $"- {note}");
        return text.ToString();
    }

    /// <summary>What must be known to read the numbers.</summary>
    public static IEnumerable<string> Notes(ExperimentResult result)
    {
        yield return $"Scored on {result.Scored}. Each method's epoch was chosen on the validation patients.";
        yield return result.Settings;
        if (result.Structures.Count > 1 && result.Table.Columns.Any(column => column.Structure is null))
            yield return $"In a cell: {string.Join(" / ", result.Structures)}.";
        if (result.Rows.SelectMany(row => row.Cells).SelectMany(cell => cell.Structures).FirstOrDefault(value => value is not null) is { } first)
            yield return first.Seeds > 1 ? $"Mean and standard deviation over {first.Seeds} seeds; 95 % intervals by bootstrap over the patients are in the CSV file."
                : result.Table.ShowsIntervals ? "In brackets: 95 % interval by bootstrap over the patients." : "95 % intervals by bootstrap over the patients are in the CSV file.";
        if (result.Rows.Any(row => Differences(result, row) is not null))
            yield return $"Differences are paired over the same patients; an interval without 0 says that {result.Table.Against} and the row differ.";
        foreach (var row in result.Rows.Where(row => row.Failure is not null))
            yield return $"{row.Label} failed: {row.Failure!.Message}";
    }

    /// <summary>One line for each number.</summary>
    public static string Csv(ExperimentResult result)
    {
        var text = new StringBuilder("row,column,structure,measure,images,seeds,mean,low95,high95,seed_deviation,against,difference,difference_low95,difference_high95,failure\n");
        foreach (var row in result.Rows)
            if (row.Failure is { } failure)
                text.Append(CultureInfo.InvariantCulture, $"{Quoted(row.Label)},,,,,,,,,,,,,,{Quoted(failure.Message)}\n");
            else
                text.AppendJoin("", result.Table.Columns.SelectMany((column, c) => Shown(column, row.Cells[c]).Select(s => Line(result, row, c, s))));
        return text.ToString();
    }

    private static string Line(ExperimentResult result, RowResult row, int c, int s)
    {
        var (column, value, whole) = (result.Table.Columns[c], row.Cells[c].Structures[s], Against(result, row));
        var difference = value is null ? null : whole?.Cells[c].Structures[s]?.Minus(value);
        return string.Create(CultureInfo.InvariantCulture,
            $"{Quoted(row.Label)},{Quoted(column.Label)},{Quoted(result.Structures[s])},{column.Measure},{value?.Cases.Cases ?? 0},{value?.Seeds},{value?.Cases.Mean:0.000000},{value?.Cases.Low:0.000000},{value?.Cases.High:0.000000},{value?.Spread:0.000000},"
            + $"{(difference is null ? "" : Quoted(whole!.Label))},{difference?.Mean:0.000000},{difference?.Low:0.000000},{difference?.High:0.000000},\n");
    }

    private static RowResult? Against(ExperimentResult result, RowResult row) =>
        row.Failure is null && result.Rows.FirstOrDefault(other => other.Label == result.Table.Against && other.Failure is null) is { } whole && whole != row ? whole : null;

    private static string Difference(Measure measure, CellValue? whole, CellValue? value) => whole is null || value is null ? "-"
        : whole.Minus(value) is var difference ? $"{measure.Format(difference.Mean)} ({measure.Format(difference.Low)} to {measure.Format(difference.High)})" : "";

    private static IEnumerable<int> Shown(TableColumn column, Cell cell) => column.Structure is { } one ? [one] : Enumerable.Range(0, cell.Structures.Count);

    private static string Value(ExperimentResult result, int c, int s, CellValue? value, Func<string, string> strong)
    {
        if (value is null)
            return "-";

        var measure = result.Table.Columns[c].Measure;
        var mean = measure.Format(value.Cases.Mean);
        var around = value.Spread is { } spread ? $" ± {measure.Format(spread)}"
            : result.Table.ShowsIntervals && value.Cases.Cases > 1 ? $" ({measure.Format(value.Cases.Low)} to {measure.Format(value.Cases.High)})" : "";
        return (mean == Best(result, c, s) ? strong(mean) : mean) + around;
    }

    /// <summary>As it is written: numbers that look the same are equally good.</summary>
    private static string? Best(ExperimentResult result, int c, int s)
    {
        var measure = result.Table.Columns[c].Measure;
        double[] means = [.. result.Rows.Where(row => row.Failure is null).Select(row => row.Cells[c].Structures[s]?.Cases.Mean).OfType<double>()];
        return means.Length < 2 ? null : measure.Format(measure.MoreIsBetter() ? means.Max() : means.Min());
    }

    private static string Escaped(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    private static string Quoted(string text) => text.AsSpan().ContainsAny(",\"\n\r") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
