using System.CommandLine;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet models check</c>: what a lower precision changes in the answers of a model, on pictures with raters.</summary>
internal static class ModelsCheckCommand
{
    public static MrnetCommand Create()
    {
        var id = new Argument<string>("ID") { Description = "A model's id, or a weights file." };
        var data = new Option<string>("--data") { Description = "Pictures with several raters, as 'mrnet train' takes them; those of its validation patients are used.", Required = true, HelpName = "FOLDER" };
        var precision = new Option<string>("--precision") { Description = "bfloat16, or float16 on a GPU.", DefaultValueFactory = _ => "bfloat16" };
        precision.AcceptOnlyFromAmong("bfloat16", "float16");
        var command = new MrnetCommand("check", "Measures what a lower precision changes: probability, uncertainty, and the scores on pictures with raters.",
            """
            mrnet models check lidc-nodule --data lidc_4readers.tar.gz --precision bfloat16
            """)
        { id, data, precision, CommonOptions.Device, CommonOptions.Models };

        command.SetAction((parsed, cancellation) => Task.Run(() => Run(
            CommonOptions.Store(parsed).Find(parsed.GetRequiredValue(id)), parsed.GetRequiredValue(data), parsed.GetRequiredValue(CommonOptions.Device),
            Enum.Parse<Precision>(parsed.GetRequiredValue(precision), ignoreCase: true), cancellation), cancellation));
        return command;
    }

    private static void Run(StoredModel stored, string data, string device, Precision precision, CancellationToken cancellation)
    {
        using var exact = LoadedModel.Load(stored, device);
        using var lower = LoadedModel.Load(stored, device, precision);
        var set = MultiRaterDataSet.Open(data, cancellation);
        var partOf = new PatientSplit().For(set.Cases.Select(study => study.Split));
        var cases = set.Cases.Where(study => partOf(study.Patient, study.Split) == SplitPart.Validation).ToArray();
        if (cases.Length == 0)
            throw new InvalidImageException($"{set.Name} has no case of the validation part; expected at least one, better a dozen patients.");
        if (set.Structures.Count != stored.Descriptor.Structures.Count)
            throw new InvalidImageException($"{set.Name} has {set.Structures.Count} structures; {stored.Descriptor.Id} has {stored.Descriptor.Structures.Count}.");

        var (said, changed) = (new Said(), new Said());
        var change = new PrecisionChange();
        foreach (var study in cases)
        {
            var (volume, masks) = (study.ReadImage(cancellation), study.ReadGraded(cancellation));
            var (wanted, found) = (Maps(exact, volume, cancellation), Maps(lower, volume, cancellation));
            change.Add(wanted, found);
            said.Add(wanted, masks);
            changed.Add(found, masks);
        }

        Console.Out.WriteLine(FormattableString.Invariant($"{stored.Descriptor.Id} {stored.Descriptor.Version}: {precision.ToString().ToLowerInvariant()} against float32 on {said.Slices} slices of {cases.DistinctBy(study => study.Patient).Count()} validation patients"));
        Console.Out.WriteLine(change);
        Console.Out.WriteLine(FormattableString.Invariant($"soft Dice          {said.Dice:0.0000} -> {changed.Dice:0.0000} ({changed.Dice - said.Dice:+0.0000;-0.0000;0})"));
        Console.Out.WriteLine(FormattableString.Invariant($"calibration error  {said.Ece:0.00000} -> {changed.Ece:0.00000} ({changed.Ece - said.Ece:+0.00000;-0.00000;0})"));
    }

    private static RaterMaps Maps(LoadedModel model, Volume volume, CancellationToken cancellation) =>
        new Segmenter(model, TimeProvider.System).Segment(volume, new(), null, cancellation).Maps;

    /// <summary>Scores slice by slice, as the card of a model counts them.</summary>
    private sealed class Said
    {
        private readonly List<(double Dice, double Ece)> scores = [];

        public double Dice => scores.Average(score => score.Dice);

        public double Ece => scores.Average(score => score.Ece);

        public int Slices { get; private set; }

        public void Add(RaterMaps maps, RaterMasks masks)
        {
            var pixels = maps.Box.PixelsPerSlice;
            for (var z = 0; z < maps.Box.Slices; z++)
            {
                Slices++;
                for (var s = 0; s < masks.Structures; s++)
                    Add(maps.Probability[s].AsSpan(z * pixels, pixels), [.. masks.Present(s).Select(mask => mask.AsSpan(z * pixels, pixels).ToArray())]);
            }
        }

        private void Add(ReadOnlySpan<float> probability, byte[][] masks)
        {
            float[] share = [.. Enumerable.Range(0, probability.Length).Select(i => masks.Sum(mask => mask[i]) / (float)masks.Length)];
            scores.Add((SoftDice.Score(probability, masks).Dice, Calibration.Ece(probability, share)));
        }
    }
}
