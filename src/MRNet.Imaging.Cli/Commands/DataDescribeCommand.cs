using System.CommandLine;
using System.Text.Json;
using MRNet.Imaging.Cli.DataSets;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet data describe</c>: reads every image and mask once, so that what is wrong with one is said here.</summary>
internal static class DataDescribeCommand
{
    private static readonly Option<string?> Sheet = new("--sheet") { Description = "Also a picture: a dozen slices with every rater's contour.", HelpName = "FILE.png" };
    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var command = new MrnetCommand("describe", "Counts cases, raters, missing and empty masks, how far raters agree, and what they mark together. Reads every image, so a broken one is named.",
            """
            mrnet data describe kidney
            mrnet data describe lidc_4readers.tar.gz --sheet lidc.png
            mrnet data describe my-data --json
            """)
        { DataCommand.Data, Sheet, CommonOptions.Json, CommonOptions.Quiet };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(Sheet) is { } place)
            StagedFolder.CheckWritable(Path.GetDirectoryName(Path.GetFullPath(place))!);
        var summary = ProgressBar.Run(parsed.GetValue(CommonOptions.Quiet), work => Count(parsed, work.Stage("Reading"), cancellation));

        if (parsed.GetValue(CommonOptions.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(summary, Layout));
        else
            DataSetTables.Write(summary);
        if (!parsed.GetValue(CommonOptions.Quiet))
            summary.Warnings.ToList().ForEach(Messages.Warning);
    }

    private static DataSetSummary Count(ParseResult parsed, IProgress<float> progress, CancellationToken cancellation)
    {
        var data = MultiRaterDataSet.Open(parsed.GetRequiredValue(DataCommand.Data), cancellation);
        var (count, sheet) = (new DataSetCount(data), parsed.GetValue(Sheet) is null ? null : new DataSetSheet(data));
        for (var i = 0; i < data.Cases.Count; i++)
        {
            var (image, masks) = (data.Cases[i].ReadImage(cancellation), data.Cases[i].ReadMasks(cancellation));
            count.Add(data.Cases[i], image, masks);
            sheet?.Add(data.Cases[i], image, masks);
            progress.Report((i + 1f) / data.Cases.Count);
        }

        if (parsed.GetValue(Sheet) is { } path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            sheet!.Write(path);
        }

        return count.Summary();
    }
}
