using System.Globalization;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>A result as a short table on standard output.</summary>
internal static class ResultTable
{
    public static void Write(Volume volume, SegmentationResult result, string folder, IReadOnlyList<string> files)
    {
        var unit = volume.Grid.HasPatientSpace ? "mL" : "pixels";
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("structure")
            .AddColumn(new TableColumn($"volume ({unit})").RightAligned())
            .AddColumn(new TableColumn($"range over {result.Provenance.Raters.Count} raters").RightAligned())
            .AddColumn(new TableColumn("mean uncertainty").RightAligned());
        foreach (var m in result.Measurements)
            table.AddRow(
                Markup.Escape(m.Label), Number(m.VolumeMl ?? m.Voxels),
                m.RaterVolumesMl.Count == 0 ? "-" : $"{Number(m.RaterVolumesMl.Min())} to {Number(m.RaterVolumesMl.Max())}",
                m.MeanUncertainty?.ToString("0.000", CultureInfo.InvariantCulture) ?? "-");

        AnsiConsole.Write(table);
        Console.Out.WriteLine(FormattableString.Invariant(
            $"{result.Maps.Box.Slices} {(result.Maps.Box.Slices == 1 ? "slice" : "slices")} in {result.Provenance.Seconds:0.0} s with {result.Provenance.ModelId} {result.Provenance.ModelVersion} on {result.Provenance.Device}. Not a medical device."));
        if (result.Provenance.Caveat is { Length: > 0 } caveat)
            Console.Out.WriteLine($"{caveat}: {(result.Provenance.Quality == Quality.Preview ? "the U-Net alone, no raters, no uncertainty" : "lower precision, the uncertainty is not written")}. Run again with --quality full --precision float32 for a result to keep.");
        Console.Out.WriteLine($"{folder}: {string.Join(", ", files)}");
    }

    internal static string Number(double value) => value.ToString(value < 10 ? "0.000" : "0.0", CultureInfo.InvariantCulture);
}
