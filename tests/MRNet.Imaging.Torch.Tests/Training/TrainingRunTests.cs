using System.Text.Json;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class TrainingRunTests : IDisposable
{
    private static readonly PatientSplit Half = new(ValidationShare: 0.5, TestShare: 0);
    private static readonly TrainingOptions Short = new() { Epochs = 3, BatchSize = 4, LearningRate = 1e-3, CosineDecay = true };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Learns_discs_and_the_raters_disagreement()
    {
        var data = Some.Discs(patients: 24);
        var options = new TrainingOptions { BatchSize = 8, LearningRate = 3e-3 };
        manual_seed(1);
        using var method = SegmentationMethods.Create("mrnet", Some.Options(width: 4));
        ((MultiRaterNetwork)method.Network).StartFrom(0.1);
        using var trainer = new Trainer(method, options, steps: 90);
        var batches = new Batches(data, options);

        var losses = new List<float>();
        for (var epoch = 0; epoch < 30; epoch++)
            foreach (var batch in batches.Epoch(epoch))
                using (batch)
                    losses.Add(trainer.Step(batch));

        Assert.Equal(90, trainer.Done);
        Assert.True(losses[^9..].Average() < 0.6 * losses[..9].Average(), $"loss from {losses[..9].Average():0.00} to {losses[^9..].Average():0.00}");
        var score = Scoring.Of(data, method, CancellationToken.None).SoftDice;
        Assert.True(score > 0.6, $"soft Dice {score:0.00}");
    }

    [Fact]
    public void A_resumed_run_ends_with_the_weights_of_an_uninterrupted_one()
    {
        using var fixedThreads = new Threads(1);
        Run("whole").Run(null, TimeProvider.System, CancellationToken.None);

        RunUntil("parted", epoch: 2);
        var resumed = Run("parted");
        resumed.Run(null, TimeProvider.System, CancellationToken.None);

        Assert.Equal([1, 2, 3], resumed.History.Select(report => report.Epoch));
        Assert.Equal(File.ReadAllBytes(In("whole", "epoch-3.safetensors")), File.ReadAllBytes(In("parted", "epoch-3.safetensors")));
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        using var fixedThreads = new Threads(1);

        Run("one").Run(null, TimeProvider.System, CancellationToken.None);
        Run("two").Run(null, TimeProvider.System, CancellationToken.None);

        Assert.Equal(File.ReadAllBytes(In("one", "epoch-3.safetensors")), File.ReadAllBytes(In("two", "epoch-3.safetensors")));
    }

    [Fact]
    public void A_disk_that_fills_during_a_checkpoint_leaves_the_one_before()
    {
        using var disk = new SmallDisk(folder["full"], megabytes: 32);
        using var fixedThreads = new Threads(1);
        Run("whole").Run(null, TimeProvider.System, CancellationToken.None);
        RunUntil("full", epoch: 2);
        disk.Fill(In("full", "other"), leaving: new FileInfo(In("full", "epoch-1.adam.safetensors")).Length);

        var error = Assert.Throws<ResourceLimitException>(() => Run("full").Run(null, TimeProvider.System, CancellationToken.None));

        Assert.Contains("that of epoch 1 is whole", error.Message);
        File.Delete(In("full", "other"));
        Run("full").Run(null, TimeProvider.System, CancellationToken.None);
        Assert.Equal(File.ReadAllBytes(In("whole", "epoch-3.safetensors")), File.ReadAllBytes(In("full", "epoch-3.safetensors")));
    }

    [Fact]
    public void A_run_that_gets_no_better_stops_early()
    {
        var options = Short with { Epochs = 30, LearningRate = 1e-8, CosineDecay = false, Patience = 2 };
        var run = new TrainingRun(Some.Discs(12), Half, Some.Method(), options, folder["stale"]);

        run.Run(null, TimeProvider.System, CancellationToken.None);

        Assert.InRange(run.History.Count, 3, 29);
        Assert.Equal(run.History.Count - 2, run.History.MaxBy(report => report.Validation)!.Epoch);
    }

    [Fact]
    public void A_run_can_begin_with_the_weights_of_another()
    {
        using var fixedThreads = new Threads(1);
        Run("first").Run(null, TimeProvider.System, CancellationToken.None);
        var options = Short with { Epochs = 1, LearningRate = 1e-8, Start = In("first", "epoch-3.safetensors") };

        new TrainingRun(Some.Discs(12), Half, Some.Method(), options, folder["second"]).Run(null, TimeProvider.System, CancellationToken.None);

        using var first = SafetensorsFile.Open(In("first", "epoch-3.safetensors"));
        using var second = SafetensorsFile.Open(In("second", "epoch-1.safetensors"));
        var name = first.Names.First(name => name.EndsWith("conv.weight", StringComparison.Ordinal));
        using var a = first.Read(name);
        using var b = second.Read(name);
        Assert.Equal(a.data<float>().ToArray(), b.data<float>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-5);
    }

    [Fact]
    public void Refuses_to_learn_from_nothing()
    {
        var blank = Some.Discs(12);
        blank = blank with { Slices = [.. blank.Slices.Select(slice => slice with { Marked = 0 })] };

        var run = new TrainingRun(blank, Half, Some.Method(), Short, folder["blank"]);

        Assert.Contains("nothing to learn", Assert.Throws<InvalidImageException>(() => run.Run(null, TimeProvider.System, CancellationToken.None)).Message);
    }

    [Fact]
    public void A_cancelled_run_leaves_the_last_epoch()
    {
        var run = RunUntil("cancelled", epoch: 2);

        Assert.Single(run.History);
        using var network = new MultiRaterNetwork(Some.Options());
        foreach (var file in new[] { run.Best, In("cancelled", "epoch-1.safetensors") })
        {
            using var weights = SafetensorsFile.Open(file);
            NetworkWeights.Load(network, weights);
        }

        Assert.DoesNotContain(Directory.GetFiles(folder["cancelled"]), file => file.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void Tells_how_far_it_is()
    {
        var told = new List<TrainingProgress>();

        Run("run").Run(new Told<TrainingProgress>(told.Add), TimeProvider.System, CancellationToken.None);

        Assert.Equal(told.OrderBy(progress => progress.Share), told);
        Assert.Equal(1, told[^1].Share);
        Assert.Null(told[0].Validation);
        Assert.InRange(told[^1].Validation!.Value, 0, 1);
    }

    [Theory]
    [InlineData(2, true), InlineData(-1, false)]
    public void Only_a_better_epoch_replaces_the_best(double scoreOfFirst, bool kept)
    {
        var first = RunUntil("run", epoch: 2);
        var best = File.ReadAllBytes(first.Best);
        File.WriteAllText(In("run", "history.json"), JsonSerializer.Serialize(first.History.Select(report => report with { Validation = scoreOfFirst })));

        Run("run").Run(null, TimeProvider.System, CancellationToken.None);

        Assert.Equal(kept, File.ReadAllBytes(first.Best).SequenceEqual(best));
    }

    [Fact]
    public void Refuses_a_checkpoint_of_another_network()
    {
        RunUntil("run", epoch: 2);

        var error = Assert.Throws<InvalidImageException>(() => Run("run", Some.Options(width: 8)).Run(null, TimeProvider.System, CancellationToken.None));
        Assert.Contains("other network", error.Message);
    }

    [Fact]
    public void Refuses_to_go_on_with_other_pictures_or_another_split()
    {
        RunUntil("run", epoch: 2);

        var pictures = new TrainingRun(Some.Discs(14), Half, Some.Method(), Short, folder["run"]);
        var split = new TrainingRun(Some.Discs(12), Half with { Seed = Half.Seed + 1 }, Some.Method(), Short, folder["run"]);

        Assert.Contains("other data", Assert.Throws<InvalidImageException>(() => pictures.Run(null, TimeProvider.System, CancellationToken.None)).Message);
        Assert.Contains("other split", Assert.Throws<InvalidImageException>(() => split.Run(null, TimeProvider.System, CancellationToken.None)).Message);
    }

    [Theory]
    [InlineData("history.json"), InlineData("epoch-1.adam.safetensors"), InlineData("epoch-1.safetensors")]
    public void A_damaged_checkpoint_is_named(string file)
    {
        RunUntil("run", epoch: 2);
        File.WriteAllText(In("run", file), "{");

        Assert.Contains("checkpoint", Assert.Throws<WeightsException>(() => Run("run").Run(null, TimeProvider.System, CancellationToken.None)).Message);
    }

    [Fact]
    public void Refuses_settings_out_of_range()
    {
        var run = new TrainingRun(Some.Discs(12), Half, Some.Method(), Short with { BatchSize = 0 }, folder["run"]);

        Assert.Contains("BatchSize", Assert.Throws<InvalidImageException>(() => run.Run(null, TimeProvider.System, CancellationToken.None)).Message);
    }

    [Theory]
    [InlineData("The window is 40 x 40", 40, 64), InlineData("The window is 64 x 64", 64, 32), InlineData("The window is 40 x 40", 0, 40), InlineData("The network sees 40 x 40", 32, 40)]
    public void Refuses_pictures_that_do_not_fit(string message, int window, int size)
    {
        var run = new TrainingRun(Some.Discs(12, size: size), Half, Some.Method(), Short with { Window = window }, folder["run"]);

        Assert.Contains(message, Assert.Throws<InvalidImageException>(() => run.Run(null, TimeProvider.System, CancellationToken.None)).Message);
    }

    [Fact]
    public void Refuses_a_split_that_leaves_a_part_empty()
    {
        var run = new TrainingRun(Some.Discs(4), new(ValidationShare: 0, TestShare: 0), Some.Method(), Short, folder["run"]);

        Assert.Contains("4 pictures for training and 0 for validation", Assert.Throws<InvalidImageException>(() => run.Run(null, TimeProvider.System, CancellationToken.None)).Message);
    }

    [Fact]
    public void A_loss_that_is_not_finite_stops_the_run()
    {
        using var method = SegmentationMethods.Create("mrnet", Some.Options());
        using var trainer = new Trainer(method, new(), steps: 1);
        using var batch = new Batch(full([2, 1, 32, 32], float.NaN), zeros([2, 3, 1, 32, 32]), ones([2, 3, 1]));

        Assert.Contains("loss is NaN at step 0", Assert.Throws<InvalidImageException>(() => trainer.Step(batch)).Message);
    }

    private TrainingRun Run(string name, NetworkOptions? network = null) => new(Some.Discs(12), Half, Some.Method(network), Short, folder[name]);

    private TrainingRun RunUntil(string name, int epoch)
    {
        using var stop = new CancellationTokenSource();
        var run = Run(name);
        var progress = new Told<TrainingProgress>(told =>
        {
            if (told.Epoch == epoch)
                stop.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => run.Run(progress, TimeProvider.System, stop.Token));
        return run;
    }

    private string In(string run, string file) => Path.Combine(folder[run], file);
}
