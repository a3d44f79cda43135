using System.CommandLine;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet train</c>: from pictures with several raters to one model file with its scores.</summary>
internal static class TrainCommand
{
    private static readonly TrainingOptions Paper = new();

    private static readonly Option<string> Data = new("--data", "-d") { Description = "Pictures as patient/case/images/*.png with mask-0, mask-1 ... beside; a folder or a .tar.gz.", Required = true };
    private static readonly Option<string> Descriptor = new("--descriptor") { Description = "JSON that says what the model is: id, structures, raters, network, preparation.", Required = true, HelpName = "FILE.json" };
    private static readonly Option<string> Output = new("--out", "-o") { Description = "The model to write.", Required = true, HelpName = "FILE.safetensors" };
    private static readonly Option<string> Work = new("--work") { Description = "Folder for checkpoints; a run that was stopped goes on from there.", DefaultValueFactory = _ => "training" };
    private static readonly Option<int> Epochs = new("--epochs") { Description = "Times through the training pictures.", DefaultValueFactory = _ => Paper.Epochs };
    private static readonly Option<int> BatchSize = new("--batch") { Description = "Pictures in a step.", DefaultValueFactory = _ => Paper.BatchSize };
    private static readonly Option<double> LearningRate = new("--learning-rate") { Description = "Adam's step size.", DefaultValueFactory = _ => Paper.LearningRate };
    private static readonly Option<bool> Cosine = new("--cosine") { Description = "Let the step size fall along half a cosine." };
    private static readonly Option<int> Window = new("--window") { Description = "Side of the random window a step sees, a multiple of 32; 0 for the whole picture.", DefaultValueFactory = _ => Paper.Window };
    private static readonly Option<double> Alpha = new("--alpha") { Description = "Weight of the consistency term (Eq. 7).", DefaultValueFactory = _ => Paper.Alpha };
    private static readonly Option<bool> ByArea = new("--raters-by-area") { Description = "Put each case's raters in the order of the area they marked: for raters who are not the same persons from case to case." };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of everything random.", DefaultValueFactory = _ => Paper.Seed };
    private static readonly Option<bool> Baseline = new("--baseline") { Description = "Also train the U-Net alone on the majority vote with the same budget, and score it beside." };
    private static readonly Option<bool> Quick = new("--quick") { Description = "One short epoch on a few patients: shows that it runs, makes nothing of use." };

    public static Command Create()
    {
        var command = new MrnetCommand("train", "Trains a model on pictures that several raters outlined, scores it on patients it never saw, and writes one file.",
            """
            mrnet train --data lidc_4readers.tar.gz --descriptor lidc-nodule.json --out lidc-nodule.safetensors --epochs 30 --learning-rate 3e-4 --cosine --window 96 --baseline
            mrnet train --data my-data --descriptor my-model.json --out my-model.safetensors --work run1
            """)
        { Data, Descriptor, Output, Work, Epochs, BatchSize, LearningRate, Cosine, Window, Alpha, ByArea, Seed, Baseline, Quick, CommonOptions.Quiet };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        var descriptor = Read(parsed.GetRequiredValue(Descriptor));
        var (data, split) = (CropArchive.Read(parsed.GetRequiredValue(Data), cancellation), new PatientSplit(parsed.GetValue(Seed)));
        var options = new TrainingOptions
        {
            Epochs = parsed.GetValue(Epochs),
            BatchSize = parsed.GetValue(BatchSize),
            LearningRate = parsed.GetValue(LearningRate),
            CosineDecay = parsed.GetValue(Cosine),
            Window = parsed.GetValue(Window),
            Alpha = parsed.GetValue(Alpha),
            Seed = parsed.GetValue(Seed),
        };
        if (parsed.GetValue(ByArea))
            data = data.OrderedByArea();
        if (parsed.GetValue(Quick))
            (data, options) = (Few(data, split), options with { Epochs = 1 });
        if (!data.Slices.Any(slice => split.Of(slice.Patient) == SplitPart.Test))
            throw new InvalidImageException($"The split leaves none of {data.Patients} patients for the test; take more patients or another --seed.");
        StagedFolder.CheckWritable(Path.GetDirectoryName(Path.GetFullPath(parsed.GetRequiredValue(Output)))!);

        var (scores, best) = ProgressBar.Run(parsed.GetValue(CommonOptions.Quiet), work =>
        {
            var run = new TrainingRun(data, split, descriptor.Network, options, parsed.GetRequiredValue(Work));
            run.Run(new Report(work.Stage("Training"), parsed.GetValue(CommonOptions.Quiet) ? null : Messages.Line), TimeProvider.System, cancellation);
            var scores = Score(run, data, split, descriptor, parsed.GetValue(Baseline) ? work.Stage("Baseline") : null, options, cancellation);
            return (scores, run.Best);
        });

        var trained = descriptor with { TrainingCommand = "mrnet " + string.Join(' ', parsed.Tokens.Select(token => Path.GetFileName(token.Value))), Scores = scores };
        ModelFile.Write(best, parsed.GetRequiredValue(Output), trained);
        Show(scores);
    }

    private static ModelDescriptor Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidImageException($"There is no model descriptor {path}.");
        var descriptor = ModelDescriptor.Parse(File.ReadAllText(path), Path.GetFileName(path));
        if (descriptor.Preparation is not { Mean: [Batches.Mean], Deviation: [Batches.Deviation] })
            throw new InvalidImageException(FormattableString.Invariant(
                $"{Path.GetFileName(path)}: training puts pictures before the network with mean {Batches.Mean} and deviation {Batches.Deviation}; the preparation must say the same."));
        return descriptor;
    }

    /// <summary>A few patients of each part of the split.</summary>
    private static RaterSlices Few(RaterSlices data, PatientSplit split)
    {
        var patients = data.Slices.Select(slice => slice.Patient).Distinct().GroupBy(split.Of).SelectMany(part => part.Take(3)).ToHashSet();
        return data.Where(slice => patients.Contains(slice.Patient));
    }

    private static Dictionary<string, double> Score(
        TrainingRun run, RaterSlices data, PatientSplit split, ModelDescriptor descriptor, IProgress<float>? baseline, TrainingOptions options, CancellationToken cancellation)
    {
        var test = data.Where(slice => split.Of(slice.Patient) == SplitPart.Test);
        using var network = ModelFile.LoadWeights(run.Best, descriptor.Network);
        var scores = new Dictionary<string, double> { ["test patients"] = test.Patients, ["test slices"] = test.Slices.Count };
        Add("this model", Scoring.Refined(test, network, cancellation));
        Add("one reader", Scoring.OneRater(test));
        if (baseline is null)
            return scores;

        var training = data.Where(slice => split.Of(slice.Patient) == SplitPart.Training);
        using var unet = MajorityVoteBaseline.Train(training, descriptor.Network, options, new Report(baseline, null), cancellation);
        Add("U-Net on the majority vote", MajorityVoteBaseline.Score(test, unet, cancellation));
        return scores;

        void Add(string who, Score score)
        {
            scores[$"soft Dice, {who}"] = Math.Round(score.SoftDice, 4);
            scores[$"calibration error, {who}"] = Math.Round(score.CalibrationError, 5);
        }
    }

    private static void Show(Dictionary<string, double> scores)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("score").AddColumn(new TableColumn("value").RightAligned());
        foreach (var (name, value) in scores)
            table.AddRow(name, value.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
    }

    /// <summary>The bar, and a line for each finished epoch: a run goes on for hours, often into a log.</summary>
    private sealed class Report(IProgress<float> bar, Action<string>? line) : IProgress<TrainingProgress>
    {
        private double? last;

        void IProgress<TrainingProgress>.Report(TrainingProgress value)
        {
            bar.Report((float)value.Share);
            if (value.Validation is { } score && score != last)
                line?.Invoke(FormattableString.Invariant($"{value.Share,6:0.0%}  loss {value.Loss:0.0000}  soft Dice on the validation patients {score:0.0000}"));
            last = value.Validation;
        }
    }
}
