using System.Text.Json.Nodes;
using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Segmentation;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>A small data set in QUBIQ's folders: three raters, a disc for each case, two tasks in case02.</summary>
public sealed class EvaluateTests : IDisposable
{
    private const int Size = 128;

    private readonly TemporaryFolder folder = new();

    private readonly Grid grid = new(Size, Size, 1) { SpacingMm = new(0.7, 0.7, 2), OriginLps = new(3, 4, 5) };

    public EvaluateTests()
    {
        Case("Training/case01", radius: 20);
        Case("Validation/case02", radius: 24);
        Case("Validation/case03", radius: 12, raters: [1, 3]);
        Image("Testing/case04", radius: 18);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Scores_somebody_s_maps_and_writes_the_report()
    {
        Prediction("kidney/case02", radius: 24);
        Prediction("case03", radius: 30); // without the data set's level

        var run = Evaluate("--predictions", folder["maps"], "--report", folder["report"], "--json");
        var task = JsonNode.Parse(run.Output)!["tasks"]![0]!;

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(("Validation", 2, 2), ((string)JsonNode.Parse(run.Output)!["split"]!, (int)task["cases"]!, (int)task["raters"]![1]!["cases"]! + 1));
        var wanted = SoftDice.Score(Disc(24, 1f), [Disc(23, (byte)1), Disc(24, (byte)1), Disc(25, (byte)1)]);
        Assert.Contains($"case02,3,16384,0,{string.Join(',', wanted.Levels.Select(level => FormattableString.Invariant($"{level.Dice:0.######}")))}", File.ReadAllText(folder["report/cases.csv"]), StringComparison.Ordinal);
        Assert.Equal(run.Output.Trim(), File.ReadAllText(folder["report/summary.json"]).Trim());
        Assert.Contains("data:image/png;base64,", File.ReadAllText(folder["report/report.html"]), StringComparison.Ordinal);
        Assert.Equal(["cases.csv", "report.html", "summary.json"], Directory.GetFileSystemEntries(folder["report"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Loads_no_network_for_somebody_s_maps()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The loader is watched with LD_DEBUG, which only Linux has.");
        Prediction("case02", radius: 24);
        Prediction("case03", radius: 12);

        var run = Shell($"LD_DEBUG=files LD_DEBUG_OUTPUT='{folder["loaded"]}' '{Executable}' evaluate '{folder["kidney"]}' --predictions '{folder["maps"]}' --report '{folder["report"]}' --quiet");
        var loaded = string.Concat(Directory.GetFiles(folder["."], "loaded*").Select(File.ReadAllText));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("libcoreclr", loaded, StringComparison.Ordinal); // the watching works
        Assert.DoesNotContain("libtorch", loaded, StringComparison.Ordinal);
        Assert.DoesNotContain("libLibTorchSharp", loaded, StringComparison.Ordinal);
    }

    [Fact]
    public void Runs_a_model_and_writes_maps_that_score_the_same()
    {
        string[] levels = ["--levels", "0.2,0.5", "--strict-levels", "--empty", "0"];
        var model = Evaluate(["--model", "ct-lung-nodule", "--predict", folder["maps"], "--json", .. levels]);
        var maps = Evaluate(["--predictions", folder["maps"], "--json", .. levels]);

        Assert.Equal((0, ""), (model.ExitCode, model.Error));
        Assert.Equal((0, ""), (maps.ExitCode, maps.Error));
        Assert.Equal(Means(model, "softDice"), Means(maps, "softDice"));
        Assert.Equal(Means(model, "nll"), Means(maps, "nll"));
        Assert.NotNull(JsonNode.Parse(model.Output)!["tasks"]![0]!["scores"]!["energyDistance"]); // the model has raters of its own
        var (written, mask) = (folder["maps/kidney/case02/task01.nii.gz"], folder["kidney/Validation/case02/task01_seg01.nii.gz"]);
        Assert.Equal(NiftiReader.ReadHeader(mask).Dim, NiftiReader.ReadHeader(written).Dim);
        Assert.Equal(NiftiDataType.Float32, NiftiReader.ReadHeader(written).DataType);
        Assert.Equal(NiftiReader.ReadGrid(mask), NiftiReader.ReadGrid(written));
    }

    /// <summary>Pancreas of QUBIQ: some volumes are stored slice, row, column.</summary>
    [Fact]
    public void A_submission_of_slices_first_lies_as_its_masks_do()
    {
        var grid3 = new Grid(Size, Size, 2) { SpacingMm = new(0.7, 0.7, 2) };
        var first = new Grid(2, Size, Size) { SpacingMm = new(2, 0.7, 0.7), DirectionX = new(0, 0, 1), DirectionZ = new(1, 0, 0) };
        float[] image = [.. Disc(24, 90f), .. Disc(12, 90f)];
        byte[] mask = [.. Disc(24, (byte)1), .. Disc(12, (byte)1)];
        NiftiWriter.Write<float>(Made("pancreas/Validation/case01/image.nii.gz"), grid3, image);
        NiftiWriter.Write<byte>(Made("pancreas/Validation/case01/task01_seg01.nii.gz"), grid3, mask);
        NiftiWriter.Write<float>(Made("pancreas/Validation/case02/image.nii.gz"), first, SlicesFirst(image));
        NiftiWriter.Write<byte>(Made("pancreas/Validation/case02/task01_seg01.nii.gz"), first, SlicesFirst(mask));

        var run = Mrnet("evaluate", folder["pancreas"], "--model", "ct-lung-nodule", "--predict", folder["maps"], "--json");
        var again = Mrnet("evaluate", folder["pancreas"], "--predictions", folder["maps"], "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(Means(run, "softDice"), Means(again, "softDice"));
        var (last, turned) = (NiftiReader.Read(folder["maps/pancreas/case01/task01.nii.gz"]), NiftiReader.ReadHeader(folder["maps/pancreas/case02/task01.nii.gz"]));
        Assert.Equal([2, Size, Size], turned.Dim);
        Assert.Equal(SlicesFirst(last.Samples), NiftiReader.Read(folder["maps/pancreas/case02/task01.nii.gz"]).Samples);
        Assert.Contains(last.Samples, value => value > 0.1f); // there is something that could lie wrong
    }

    [Fact]
    public void Images_without_masks_are_predicted_for_a_submission()
    {
        var run = Evaluate("--model", "ct-lung-nodule", "--split", "Testing", "--predict", folder["maps"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(grid.Count, NiftiReader.Read(folder["maps/kidney/case04/task01.nii.gz"]).Samples.Length);
    }

    [Fact]
    public void Images_without_masks_are_no_use_for_scores()
    {
        var run = Evaluate("--model", "ct-lung-nodule", "--split", "Testing");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("case04 has no mask of any rater", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Goes_on_past_cases_that_are_wrong_and_says_which()
    {
        Prediction("case01", radius: 20);
        NiftiWriter.Write<float>(Made("maps/case02/task01.nii.gz"), new Grid(64, Size, 1), new float[64 * Size]);
        NiftiWriter.Write<float>(Made("maps/case03/task01.nii.gz"), grid, [.. Enumerable.Repeat(float.NaN, Size * Size)]);

        var run = Evaluate("--predictions", folder["maps"], "--split", "all", "--report", folder["report"], "--json");
        var failed = JsonNode.Parse(run.Output)!["failed"]!.AsArray().ToDictionary(one => (string)one!["case"]!, one => (string)one!["reason"]!);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal(1, (int)JsonNode.Parse(run.Output)!["tasks"]![0]!["cases"]!);
        Assert.Contains("task01.nii.gz", failed["case02"], StringComparison.Ordinal);
        Assert.Contains("64 x 128", failed["case02"], StringComparison.Ordinal);
        Assert.Contains("128 x 128", failed["case02"], StringComparison.Ordinal);
        Assert.Contains("NaN", failed["case03"], StringComparison.Ordinal);
        Assert.Contains("no mask", failed["case04"], StringComparison.Ordinal);
        Assert.Contains("3 cases were not scored", File.ReadAllText(folder["report/report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_prediction_is_said_with_the_place_it_is_looked_for()
    {
        Prediction("case02", radius: 20);

        var run = Evaluate("--predictions", folder["maps"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("kidney/case03/task01.nii.gz", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_of_another_size_fails_its_case_alone()
    {
        NiftiWriter.Write<byte>(folder["kidney/Validation/case02/task01_seg02.nii.gz"], new Grid(Size, 7, 1), new byte[Size * 7]);
        Prediction("case02", radius: 24);
        Prediction("case03", radius: 12);

        var run = Evaluate("--predictions", folder["maps"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("task01_seg02.nii.gz", run.Message, StringComparison.Ordinal);
        Assert.Contains("1 case", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--weights", "1,0", "2 weights")]
    [InlineData("--weights", "1,x,0", "'x'")]
    [InlineData("--levels", "0.5,2", "--levels")]
    [InlineData("--levels", "half", "--levels")]
    [InlineData("--task", "3", "has 1: task01")]
    [InlineData("--predict", "out", "--predict")]
    public void Refuses_what_cannot_be_meant(string option, string value, string said)
    {
        Directory.CreateDirectory(folder["maps"]);

        var run = Evaluate("--predictions", folder["maps"], option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_split_without_cases_is_said_with_those_there_are()
    {
        Directory.Delete(folder["kidney/Testing"], recursive: true);

        var run = Evaluate("--model", "ct-lung-nodule", "--split", "Testing");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("Training 1, Validation 2", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wants_a_model_or_maps_but_not_both()
    {
        Assert.Equal(1, Evaluate().ExitCode);
        Assert.Equal(1, Evaluate("--model", "ct-lung-nodule", "--predictions", folder["maps"]).ExitCode);
    }

    [Fact]
    public void Weights_change_what_is_aimed_at()
    {
        Prediction("case02", radius: 23); // as the first rater draws
        Prediction("case03", radius: 11);

        var (first, last) = (Evaluate("--predictions", folder["maps"], "--weights", "1,0,0", "--json"), Evaluate("--predictions", folder["maps"], "--weights", "0,0,1", "--json"));

        Assert.Equal(1, Means(first, "softDice"));
        Assert.InRange(Means(last, "softDice"), 0.5, 0.97);
    }

    [Fact]
    public void Scores_at_the_size_the_network_sees()
    {
        var json = JsonNode.Parse(Mrnet("models", "show", "ct-lung-nodule").Output)!;
        (json["preparation"]!["framing"], json["preparation"]!["size"], json["network"]!["width"]) = ("resize", 64, 4);
        using (var network = new MultiRaterNetwork(NetworkOptions.Paper(raters: 4, structures: 1, channels: 1, width: 4)))
            NetworkWeights.Save(network, folder["small.safetensors"], ModelDescriptor.Parse(json.ToJsonString(), "small").ToMetadata());

        var run = Evaluate("--model", folder["small.safetensors"], "--at-network-size", "--report", folder["report"], "--json");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("the network's size, 64 x 64", (string)JsonNode.Parse(run.Output)!["options"]!["scoredAt"]!);
        var line = File.ReadLines(folder["report/cases.csv"]).Single(row => row.StartsWith("task01,case02", StringComparison.Ordinal)).Split(',');
        Assert.Equal("4096", line[3]);
        var disc = Disc(24, (byte)1).Where((_, i) => i % Size % 2 == 1 && i / Size % 2 == 1).Sum(value => value); // the pixel a centre lies in
        Assert.Equal(disc * 0.7 * 0.7 * 4 * 2 / 1000, double.Parse(line[^4], System.Globalization.CultureInfo.InvariantCulture), 0.05);
    }

    [Fact]
    public void A_model_of_windows_has_no_other_size()
    {
        var run = Evaluate("--model", "ct-lung-nodule", "--at-network-size");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("leave it out", run.Message, StringComparison.Ordinal);
    }

    private static double Means(Run run, string score) => (double)JsonNode.Parse(run.Output)!["tasks"]![0]!["scores"]![score]!["mean"]!;

    private Run Evaluate(params string[] options) => Mrnet(["evaluate", folder["kidney"], .. options]);

    private void Case(string place, int radius, int[]? raters = null)
    {
        Image(place, radius);
        foreach (var rater in raters ?? [1, 2, 3])
            NiftiWriter.Write<byte>(folder[$"kidney/{place}/task01_seg0{rater}.nii.gz"], grid, Disc(radius + rater - 2, (byte)1));
    }

    private void Image(string place, int radius) => NiftiWriter.Write<float>(Made($"kidney/{place}/image.nii.gz"), grid, [.. Disc(radius, 180f).Select(value => value - 90)]);

    private void Prediction(string place, int radius) => NiftiWriter.Write<float>(Made($"maps/{place}/task01.nii.gz"), grid, Disc(radius, 1f));

    private string Made(string place)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder[place])!);
        return folder[place];
    }

    private static T[] Disc<T>(int radius, T inside)
        where T : struct => [.. Enumerable.Range(0, Size * Size).Select(i => Square(i % Size - 64) + Square(i / Size - 64) <= radius * radius ? inside : default)];

    /// <param name="samples">Slice, row, column, the column fastest; comes back with the slice fastest.</param>
    private static T[] SlicesFirst<T>(T[] samples) =>
        [.. from column in Enumerable.Range(0, Size) from row in Enumerable.Range(0, Size) from slice in Enumerable.Range(0, 2) select samples[(slice * Size + row) * Size + column]];

    private static int Square(int value) => value * value;
}
