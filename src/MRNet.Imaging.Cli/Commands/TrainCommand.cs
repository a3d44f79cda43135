using System.CommandLine;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Training;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet train</c>: from pictures with several raters to one model file with its scores.</summary>
internal static class TrainCommand
{
    private static readonly Argument<string> Data = new("DATA") { Description = "A data set that several raters outlined: QUBIQ, RIGA, a folder for each rater, or crops (a folder or .tar.gz)." };
    private static readonly Option<string?> Output = new("--out", "-o") { Description = "Folder for model, card, curves and checkpoints; a run that was stopped goes on from there.", HelpName = "FOLDER" };
    private static readonly Option<bool> Print = new("--print-config") { Description = "Write the configuration that would be used, decided from the data where it says nothing, and train nothing." };
    private static readonly Option<bool> Quick = new("--quick") { Description = "One short epoch on a few patients: shows that it runs, makes nothing of use." };

    public static Command Create()
    {
        var command = new MrnetCommand("train", "Trains a model on images that several raters outlined, scores it on patients it never saw, and writes one file that segment takes.",
            """
            mrnet train my-data --print-config
            mrnet train my-data --out my-model --epochs 30 --learning-rate 3e-4 --cosine
            mrnet train lidc_4readers.tar.gz --descriptor ct-lung-nodule.json --start ct-lung-nodule-1.0.safetensors --out ct-lung-nodule --epochs 4 --learning-rate 3e-4 --cosine --raters-by-area
            mrnet train my-data --out my-model --device cuda
            mrnet segment photograph.jpg --model my-model/model.safetensors --out out
            """)
        { Data, Output, Print, Quick, CommonOptions.Quiet };
        foreach (var option in TrainOptions.All)
            command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(Output) is null && !result.GetValue(Print))
                result.AddError("--out is wanted: the folder for the model. (--print-config does without.)");
        });
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        var config = TrainOptions.Read(parsed);
        var data = MultiRaterDataSet.Open(parsed.GetRequiredValue(Data), cancellation);
        if (parsed.GetValue(Quick))
            (data, config) = QuickRun.Of(data, config);
        if (parsed.GetValue(Print))
        {
            Console.Out.WriteLine(ConfigFile.Write(Plan.Of(data, config, cancellation).Config));
            return;
        }

        var folder = parsed.GetRequiredValue(Output)!;
        StagedFolder.CheckWritable(folder);
        var quiet = parsed.GetValue(CommonOptions.Quiet);
        var command = "mrnet " + string.Join(' ', parsed.Tokens.Select(token => Path.GetFileName(token.Value)));
        var scores = ProgressBar.Run(quiet, work =>
            new ModelTraining(data, Plan.Of(data, config, cancellation), folder, new TrainingLines(work, quiet)).Run(command, TimeProvider.System, cancellation));
        Show(scores.Named(), folder);
    }

    private static void Show(IReadOnlyDictionary<string, double> scores, string folder)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("score").AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in scores)
            table.AddRow(name, value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
        Console.Out.WriteLine($"{folder}: model.safetensors, model-card.md, curves.png, curves.csv, run.json. Not a medical device.");
    }
}
