using MRNet.Imaging.Training.Experiments;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>A table of the paper on standard output, with what must be known to read it.</summary>
internal static class ExperimentTable
{
    public static void Write(ExperimentResult result)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(new Spectre.Console.TableColumn("").NoWrap());
        foreach (var column in result.Table.Columns)
            table.AddColumn(new Spectre.Console.TableColumn(Markup.Escape(column.Label)).RightAligned());
        foreach (var row in result.Rows)
            table.AddRow([Markup.Escape(row.Label), .. TableText.Cells(result, row, value => $"[bold]{value}[/]")]);

        Console.Out.WriteLine(result.Table.Caption);
        AnsiConsole.Write(table);
        foreach (var note in TableText.Notes(result))
            Console.Out.WriteLine(note);
    }
}
