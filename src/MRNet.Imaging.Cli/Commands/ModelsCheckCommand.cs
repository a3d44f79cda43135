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
        var data = new Option<string>("--data") { Description = "Pictures with several raters, as 'mrnet train' takes them; those of its validation patients are used.", Required = true, HelpName = "DATA" };
        var precision = new Option<string>("--precision") { Description = "bfloat16, or float16 on a GPU.", DefaultValueFactory = _ => "bfloat16" };
        precision.AcceptOnlyFromAmong("bfloat16", "float16");
        var command = new MrnetCommand("check", "Measures what a lower precision changes: probability, uncertainty, and the scores on pictures with raters.",
            """
            mrnet models check ct-lung-nodule --data lidc_4readers.tar.gz --precision bfloat16
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
        var all = MultiRaterDataSet.Open(data, cancellation);
        var part = new PatientSplit().For(all.Cases.Select(one => one.Split));
        var cases = all.Where(one => part(one.Patient, one.Split) == SplitPart.Validation).Cases;
        if (cases.Count == 0)
            throw new InvalidImageException($"{all.Name} has no patient of the validation part; expected at least a dozen patients.");
        if (all.Structures.Count != stored.Descriptor.Structures.Count)
            throw new InvalidImageException($"{all.Name} has {all.Structures.Count} structures; {stored.Descriptor.Id} has {stored.Descriptor.Structures.Count}.");

        var (said, changed, change) = (new Said(), new Said(), new PrecisionChange());
        foreach (var one in cases)
        {
            var (volume, masks) = (one.ReadImage(cancellation), one.ReadGraded(cancellation));
            var (wanted, found) = (Maps(exact, volume, cancellation), Maps(lower, volume, cancellation));
            change.Add(wanted, found);
            said.Add(wanted, masks);
            changed.Add(found, masks);
        }

        var patients = cases.Select(one => one.Patient).Distinct().Count();
        Console.Out.WriteLine($"{stored.Descriptor.Id} {stored.Descriptor.Version}: {precision.ToString().ToLowerInvariant()} against float32 on {said.Count} slices of {patients} validation patients");
        Console.Out.WriteLine(change);
        Console.Out.WriteLine(FormattableString.Invariant($"soft Dice          {said.Dice:0.0000} -> {changed.Dice:0.0000} ({changed.Dice - said.Dice:+0.0000;-0.0000;0})"));
        Console.Out.WriteLine(FormattableString.Invariant($"calibration error  {said.Ece:0.00000} -> {changed.Ece:0.00000} ({changed.Ece - said.Ece:+0.00000;-0.00000;0})"));
    }

    /// <summary>Of the whole image: a locator may find a little more or less in each precision.</summary>
    private static RaterMaps Maps(LoadedModel model, Volume volume, CancellationToken cancellation) =>
        new Segmenter(model, TimeProvider.System).Segment(volume, new() { Region = Region.OfVoxels(volume.Grid.Whole) }, null, cancellation).Maps;

    /// <summary>Scores slice by slice, as the card of a model counts them.</summary>
    private sealed class Said
    {
        private readonly List<(double Dice, double Ece)> scores = [];

        public int Count => scores.Count;

        public double Dice => scores.Average(score => score.Dice);

        public double Ece => scores.Average(score => score.Ece);

        public void Add(RaterMaps maps, RaterMasks masks)
        {
            for (var s = 0; s < masks.Structures; s++)
                if (masks.Present(s) is { Count: > 0 } present)
                    for (var z = 0; z < maps.Box.Slices; z++)
                        Add(Slice(maps.Probability[s], z, maps.Box), [.. present.Select(mask => Slice(mask, z, maps.Box))]);
        }

        private void Add(float[] probability, byte[][] masks)
        {
            float[] share = [.. Enumerable.Range(0, probability.Length).Select(i => masks.Sum(mask => mask[i]) / (float)masks.Length)];
            scores.Add((SoftDice.Score(probability, masks).Dice, Calibration.Ece(probability, share)));
        }

        private static T[] Slice<T>(T[] map, int z, VoxelBox box) => map.AsSpan(z * box.PixelsPerSlice, box.PixelsPerSlice).ToArray();
    }
}
