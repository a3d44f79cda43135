using MRNet.Imaging.DataSets;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Experiments;

namespace MRNet.Imaging.Torch.Tests.Training.Experiments;

public sealed class ExperimentTests : IDisposable
{
    private static readonly TableRow Mv = new("MV-UNet", "mv-unet");
    private static readonly TableRow Whole = new("MRNet", "mrnet");

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Asked_for_a_rater_the_images_he_did_not_grade_are_left_out()
    {
        var result = Run(new Watcher(), Table(Mv));

        Assert.Equal([3, 2, 3], Assert.Single(result.Rows).Cells.Select(cell => cell.Structures[0]!.Cases.Cases));
        Assert.Contains("the test patients (images: 3", result.Scored, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_fails_leaves_the_others_to_go_on()
    {
        var watcher = new Watcher();

        var result = Run(watcher, Table(new("wrong", "no-such-method"), Mv));

        Assert.Equal([false, true], result.Rows.Select(row => row.Failure is null));
        Assert.Contains("wrong failed and is left out: There is no method 'no-such-method'", Assert.Single(watcher.Warnings), StringComparison.Ordinal);
        Assert.Contains("| wrong | failed |", File.ReadAllText(folder["out/table.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_finished_before_a_stop_is_not_trained_again()
    {
        using var stop = new CancellationTokenSource();
        var watcher = new Watcher { Begun = run => { if (run.StartsWith("MRNet", StringComparison.Ordinal)) stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Run(watcher, Table(Mv, Whole), stop.Token));
        var finished = Assert.Single(Directory.GetFiles(folder["out"], "history.json", SearchOption.AllDirectories));
        var (written, shown) = (File.GetLastWriteTimeUtc(finished), File.ReadAllLines(folder["out/table.csv"]));

        var again = new Watcher();
        var result = Run(again, Table(Mv, Whole));

        Assert.Equal(written, File.GetLastWriteTimeUtc(finished));
        Assert.Equal(2, result.Rows.Count);
        Assert.Equal(shown.Select(Numbers), File.ReadLines(folder["out/table.csv"]).Take(shown.Length).Select(Numbers));
        Assert.Equal(again.Shares.Order(), again.Shares);
    }

    /// <summary>A line up to what it is compared with, which comes when the whole network is there.</summary>
    private static string Numbers(string line) => string.Join(',', line.Split(',')[..10]);

    [Fact]
    public void Seeds_give_a_spread_and_the_same_split()
    {
        var result = Run(new Watcher(), Table(Mv), seeds: [1, 2]);

        var value = result.Rows[0].Cells[0].Structures[0]!;
        Assert.Equal(2, value.Seeds);
        Assert.True(value.Spread > 0);
    }

    private ExperimentResult Run(Watcher watcher, PaperTable table, CancellationToken cancellation = default) => Run(watcher, table, [1], cancellation);

    private ExperimentResult Run(Watcher watcher, PaperTable table, int[] seeds, CancellationToken cancellation = default)
    {
        var (data, config) = QuickExperiment.Of(Data(), new TrainingConfig { Training = new() { BatchSize = 2 } });
        return new Experiment(table, data, Plan.Of(data, config, cancellation), seeds, folder["out"], watcher).Run(TimeProvider.System, cancellation);
    }

    private static PaperTable Table(params TableRow[] rows) => new("table", "Caption.", rows,
    [
        new("first rater", new(Asked.Rater, 0), Measure.SoftDice),
        new("second rater", new(Asked.Rater, 1), Measure.SoftDice),
        new("STAPLE", new(Asked.Staple), Measure.Brier),
    ]);

    /// <summary>Discs with folders for all parts; in one of the three test images the second rater is missing.</summary>
    private static MultiRaterDataSet Data() => SomeDataSet.Of([.. new[] { "Training", "Validation", "Testing" }.SelectMany((part, p) =>
        Enumerable.Range(0, 3).Select(i => Case($"{part}{i}", part, 20 + 5 * i, missing: part == "Testing" && i == 1)))]);

    private static SomeCase Case(string name, string split, double x, bool missing)
    {
        var disc = SomeDataSet.Disc(name, 64, 64, x, 32, 20);
        var masks = disc.ReadMasks(default);
        return new(disc.ReadImage(default), [[masks[0, 0], missing ? null : masks[0, 1], masks[0, 2]]]) { Name = name, Patient = name, Split = split };
    }

    private sealed class Watcher : IExperimentWatcher
    {
        public Action<string> Begun { get; init; } = _ => { };

        public List<string> Warnings { get; } = [];

        public List<float> Shares { get; } = [];

        public void Begin(string run) => Begun(run);

        public IProgress<float> Stage(string name) => new Told<float>(share => { if (name == "Training") Shares.Add(share); });

        public void Progress(TrainingProgress progress)
        {
        }

        public void Warn(string text) => Warnings.Add(text);
    }
}
