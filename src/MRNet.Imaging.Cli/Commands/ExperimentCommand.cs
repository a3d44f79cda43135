using System.CommandLine;
using System.Runtime.ExceptionServices;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Experiments;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet experiment</c>: a table of the paper on one's own data, trained, scored and printed.</summary>
internal static class ExperimentCommand
{
    private static readonly Argument<string> Name = new("TABLE") { Description = "table1 (methods), table2 (asked for each rater), table3 (methods on another data set), table4 (modules), table5 (loss and attention), table6 (uncertainty, encoder)." };
    private static readonly Argument<string> Data = new("DATA") { Description = "A data set that several raters outlined: QUBIQ, RIGA, a folder for each rater, or crops (a folder or .tar.gz)." };
    private static readonly Option<string> Output = new("--out", "-o") { Description = "Folder for the tables and the runs; what is finished there is not trained again, in whatever table it is.", HelpName = "FOLDER", Required = true };
    private static readonly Option<bool> Quick = new("--quick") { Description = "A tiny network, one epoch and a few patients: shows that it runs; the numbers mean nothing." };
    private static readonly Option<string?> Rows = new("--rows") { Description = "Only these rows of the table, parted by commas: a comparison of two methods does not wait for the others.", HelpName = "MV-UNet,MRNet" };
    private static readonly Option<string?> Seeds = new("--seeds") { Description = "Train each method so often, and show mean and spread. The split into patients stays.", HelpName = "1,2,3" };

    public static Command Create()
    {
        var command = new MrnetCommand("experiment", "Trains and scores what a table of the paper lists, and prints the table; Markdown and CSV are written beside the runs.",
            """
            mrnet experiment table2 my-data --out tables --quick
            mrnet experiment table1 my-data --out tables --config train.json --seeds 1,2,3 --rows MV-UNet,MRNet
            mrnet experiment table4 lidc_4readers.tar.gz --out tables --epochs 6 --learning-rate 1e-3 --cosine --raters-by-area
            """)
        { Name, Data, Output, Quick, Rows, Seeds, CommonOptions.Quiet };
        Name.AcceptOnlyFromAmong([.. PaperTables.Names]);
        foreach (var option in TrainOptions.OfExperiments)
            command.Add(option);
        Seeds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && ReadSeeds(text) is null)
                result.AddError($"--seeds is '{text}'; expected whole numbers parted by commas, each once: 1,2,3.");
        });
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        var config = TrainOptions.Read(parsed) with { Method = "mrnet" }; // which methods there are, the table says
        var data = MultiRaterDataSet.Open(parsed.GetRequiredValue(Data), cancellation);
        if (parsed.GetValue(Quick))
            (data, config) = QuickExperiment.Of(data, config);
        var seeds = parsed.GetValue(Seeds) is { } text ? ReadSeeds(text)! : [config.Training.Seed];
        var (folder, quiet) = (parsed.GetRequiredValue(Output), parsed.GetValue(CommonOptions.Quiet));
        StagedFolder.CheckWritable(folder);

        var table = PaperTables.Of(parsed.GetRequiredValue(Name), config.RatersByArea ? ByArea(data) : data.Raters, data.Structures);
        if (parsed.GetValue(Rows) is { } rows)
            table = table.Only(rows.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
        var remark = parsed.GetValue(Quick) ? "A quick run: the numbers mean nothing." : null;
        Show(ProgressBar.Run(quiet, work => new Experiment(table, data, Plan.Of(data, config, cancellation), seeds, folder, new TrainingLines(work, quiet)) { Remark = remark }
            .Run(TimeProvider.System, cancellation)), folder);
    }

    private static void Show(ExperimentResult result, string folder)
    {
        ExperimentTable.Write(result);
        Console.Out.WriteLine($"{folder}: {result.Table.Name}.md, {result.Table.Name}.csv.");
        if (result.Rows.FirstOrDefault(row => row.Failure is not null) is { Failure: { } failure })
            ExceptionDispatchInfo.Throw(failure); // for the exit code
    }

    /// <summary>Slots of a case, not persons.</summary>
    private static string[] ByArea(MultiRaterDataSet data) => [.. data.Raters.Select((_, r) => r == 0 ? "least area" : r == data.Raters.Count - 1 ? "most area" : $"area {r + 1}")];

    /// <returns>Null where the text is none.</returns>
    private static int[]? ReadSeeds(string text)
    {
        int?[] seeds = [.. text.Split(',').Select(part => int.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out var seed) ? seed : (int?)null)];
        return seeds.All(seed => seed is not null) && seeds.Distinct().Count() == seeds.Length ? [.. seeds.Select(seed => seed!.Value)] : null;
    }
}
