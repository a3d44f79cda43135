using MRNet.Imaging.Training.Experiments;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>A table of the paper on standard output, with what must be known to read it.</summary>
internal static class ExperimentTable
{
    public static void Write(ExperimentResult result)
    {
        Console.Out.WriteLine(result.Table.Caption);
        AnsiConsole.Write(Table(result, "", row => TableText.Cells(result, row, value => $"[bold]{value}[/]")));
        if (result.Rows.Any(row => TableText.Differences(result, row) is not null))
            AnsiConsole.Write(Table(result, $"{result.Table.Against} minus", row => TableText.Differences(result, row)));
        foreach (var note in TableText.Notes(result))
            Console.Out.WriteLine(note);
    }

    /// <param name="cells">Of a row; null leaves it out.</param>
    private static Table Table(ExperimentResult result, string corner, Func<RowResult, IReadOnlyList<string>?> cells)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(new Spectre.Console.TableColumn(Markup.Escape(corner)).NoWrap());
        foreach (var column in result.Table.Columns)
            table.AddColumn(new Spectre.Console.TableColumn(Markup.Escape(column.Label)).RightAligned());
        foreach (var row in result.Rows)
            if (cells(row) is { } shown)
                table.AddRow([Markup.Escape(row.Label), .. shown]);
        return table;
    }
}
