using Spectre.Console;
using static System.FormattableString;

namespace MRNet.Imaging.Cli.DataSets;

/// <summary>A data set's summary for a person, on standard output.</summary>
internal static class DataSetTables
{
    public static void Write(DataSetSummary summary)
    {
        AnsiConsole.Write(Whole(summary));
        foreach (var structure in summary.Structures)
            AnsiConsole.Write(OfStructure(structure));
    }

    private static Table Whole(DataSetSummary summary)
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("what", "found");
        void Row(string what, string found) => table.AddRow(what, Markup.Escape(found));

        Row("data set", $"{summary.Name} ({summary.Format})");
        Row("cases", string.Join(", ", summary.Splits.Select(split => $"{split.Key} {split.Value}")) + $", of {summary.Patients} patients");
        Row("sizes", Sizes(summary.Sizes));
        Row("channels", string.Join(", ", summary.Channels));
        Row("modality", summary.Modality);
        return table;
    }

    private static string Sizes(IReadOnlyDictionary<string, int> sizes) =>
        string.Join("; ", sizes.OrderByDescending(size => size.Value).Take(4).Select(size => $"{size.Key} ({size.Value})")) + (sizes.Count > 4 ? $"; {sizes.Count - 4} other sizes" : "");

    private static Table OfStructure(StructureSummary structure)
    {
        var unit = structure.Raters[0].Unit;
        var table = new Table().Border(TableBorder.Rounded)
            .Title(Markup.Escape(Invariant($"{structure.Name}: {structure.GradedCases} cases graded, mean Dice between two raters {(structure.MeanPairwiseDice is { } dice ? Invariant($"{dice:0.000}") : "-")}")))
            .AddColumn("rater").AddColumn(Right("masks")).AddColumn(Right("missing")).AddColumn(Right("empty")).AddColumn(Right($"mean size ({unit})"));
        foreach (var rater in structure.Raters)
            table.AddRow(Markup.Escape(rater.Name), $"{rater.Graded}", $"{rater.Missing}", $"{rater.Empty}", Invariant($"{rater.MeanSize:0.0}"));
        return table.Caption(Invariant($"voxels marked by any {structure.Any:0.00%}, by most {structure.Majority:0.00%}, by all {structure.All:0.00%}"));
    }

    private static TableColumn Right(string name) => new TableColumn(name).RightAligned();
}
