using System.CommandLine;
using System.Globalization;
using MRNet.Imaging.Cli.Evaluating;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet evaluate</c>: a model, or somebody's maps, against what several raters drew.</summary>
internal static class EvaluateCommand
{
    private static readonly Option<string?> Model = new("--model", "-m") { Description = "Id of a model, or a weights file: it is run on every case." };
    private static readonly Option<string?> Predictions = new("--predictions") { Description = "Score these probability maps instead of running a model: [dataset/]case/task01.nii.gz, 0..1, on the masks' own grid.", HelpName = "FOLDER" };
    private static readonly Option<string?> Split = new("--split") { Description = "Training, Validation, Testing or all. When absent: Validation where the data set has it, else all. A data set without splits is parted by patient, as training does." };
    private static readonly Option<int> Seed = new("--seed") { Description = "Which parting by patient.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Task = new("--task") { Description = "Only this task (structure), from 1. Tasks are never pooled." };
    private static readonly Option<string> Levels = new("--levels") { Description = "Levels of the soft Dice: paper (0.1, 0.3, 0.5, 0.7, 0.9), challenge (0.1, 0.2 ... 0.9) or numbers with commas.", DefaultValueFactory = _ => "paper" };
    private static readonly Option<bool> Strict = new("--strict-levels") { Description = "A voxel at the level itself is outside (>); as a rule it is inside (>=)." };
    private static readonly Option<double> Empty = new("--empty") { Description = "Dice of a level where both sides are empty: 0 or 1.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> Bins = new("--bins") { Description = "Bins of the calibration measures.", DefaultValueFactory = _ => Calibration.DefaultBins };
    private static readonly Option<string?> Weights = new("--weights", "-w") { Description = "How much each rater counts, with commas: in what is aimed at and for the model. Equal when absent." };
    private static readonly Option<bool> AtNetworkSize = new("--at-network-size") { Description = "Score at the size the network sees (the paper: 256 x 256) instead of the masks' own." };
    private static readonly Option<string?> Report = new("--report") { Description = "Folder for report.html, cases.csv and summary.json.", HelpName = "FOLDER" };
    private static readonly Option<string?> Predict = new("--predict") { Description = "Folder for the maps as the QUBIQ challenge wants them: dataset/case/task01.nii.gz, float32.", HelpName = "FOLDER" };

    public static Command Create()
    {
        Check();
        var command = new MrnetCommand("evaluate", "Scores a model, or somebody's probability maps, against what several raters drew: soft Dice, calibration, agreement; with a report to look at.",
            """
            mrnet evaluate kidney --model my-kidney --split Validation --report out
            mrnet evaluate lidc_4readers.tar.gz --model ct-lung-nodule --split Testing --report out
            mrnet evaluate prostate --predictions results --levels challenge --task 2
            mrnet evaluate kidney --model my-kidney --split Testing --predict submission
            """)
        {
            DataCommand.Data, Model, Predictions, Split, Seed, Task, Levels, Strict, Empty, Bins, Weights, AtNetworkSize, Report, Predict,
            CommonOptions.Device, CommonOptions.Models, CommonOptions.Quiet, CommonOptions.Verbose, CommonOptions.Json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Model) is null == result.GetValue(Predictions) is null)
                result.AddError("Give either --model or --predictions.");
        });
        command.SetAction((parsed, cancellation) => System.Threading.Tasks.Task.Run(() => new EvaluationRun(Read(parsed)).Run(cancellation), cancellation));
        return command;
    }

    private static void Check()
    {
        Split.AcceptOnlyFromAmong("Training", "Validation", "Testing", "all");
        Empty.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (0 or 1))
                result.AddError("--empty is neither 0 nor 1.");
        });
        Bins.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 1000)
                result.AddError("--bins is not between 1 and 1000.");
        });
    }

    private static EvaluateOptions Read(ParseResult parsed) => new()
    {
        Data = parsed.GetRequiredValue(DataCommand.Data),
        Split = parsed.GetValue(Split),
        Seed = parsed.GetValue(Seed),
        Task = parsed.GetValue(Task),
        Model = parsed.GetValue(Model),
        Store = () => CommonOptions.Store(parsed),
        Device = parsed.GetRequiredValue(CommonOptions.Device),
        Predictions = parsed.GetValue(Predictions),
        Scoring = new()
        {
            SoftDice = new() { Levels = LevelsOf(parsed.GetRequiredValue(Levels)), LevelIsInside = !parsed.GetValue(Strict), BothEmpty = parsed.GetValue(Empty) },
            Bins = parsed.GetValue(Bins),
            Weights = ModelsCommand.Numbers(parsed.GetValue(Weights)),
        },
        AtNetworkSize = parsed.GetValue(AtNetworkSize),
        Report = parsed.GetValue(Report),
        Predict = parsed.GetValue(Predict),
        Quiet = parsed.GetValue(CommonOptions.Quiet),
        Json = parsed.GetValue(CommonOptions.Json),
    };

    /// <exception cref="InvalidImageException">Not levels.</exception>
    private static IReadOnlyList<decimal> LevelsOf(string text) => text switch
    {
        "paper" => SoftDiceOptions.PaperLevels,
        "challenge" => SoftDiceOptions.ChallengeLevels,
        _ => Numbers(text) is { } levels && levels.All(level => level is > 0 and <= 1) && levels.Distinct().Count() == levels.Length
            ? levels
            : throw new InvalidImageException($"--levels is '{text}'; expected paper, challenge, or numbers above 0 and up to 1 with commas, each once."),
    };

    private static decimal[]? Numbers(string text)
    {
        var numbers = text.Split(',').Select(part => decimal.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var level) ? level : (decimal?)null).ToArray();
        return numbers.All(number => number is not null) ? [.. numbers.Select(number => number!.Value)] : null;
    }
}
