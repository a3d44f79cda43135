using System.Text.Json.Nodes;
using MRNet.Imaging.Model.Inference;
using SkiaSharp;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>Training from a folder of pictures to a model that segments.</summary>
public sealed class TrainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Model => folder["model"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Crops_give_a_model_that_segments()
    {
        for (var p = 0; p < 40; p++)
            Discs(name => Path.Combine(folder["data"], $"patient-{p:00}", "case", name, "1.png"), 64, 64, p, images: "images", raters: ["mask-0", "mask-1"]);

        var trained = Mrnet("train", folder["data"], "--out", Model, "--width", "4", "--size", "64", "--quick", "--batch", "4");
        var segmented = Mrnet("segment", Path.Combine(folder["data"], "patient-00", "case", "images", "1.png"), "--model", Path.Combine(Model, "model.safetensors"), "--out", folder["out"], "--quiet");

        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("soft Dice, this model", trained.Output, StringComparison.Ordinal);
        Assert.All(new[] { "model.safetensors", "model-card.md", "curves.png", "curves.csv", "run.json" }, name => Assert.True(File.Exists(Path.Combine(Model, name)), name));
        Assert.Contains("| asked for | mask-0 | mask-1 |", File.ReadAllText(Path.Combine(Model, "model-card.md")), StringComparison.Ordinal);
        Assert.Equal((0, ""), (segmented.ExitCode, segmented.Error));
        Assert.True(File.Exists(Path.Combine(folder["out"], "contact-sheet.png")));
    }

    [Fact]
    public void What_lower_precision_changes_is_measured_on_the_raters_pictures()
    {
        Assert.SkipUnless(InferenceNetwork.HasBFloat16, "This processor has no bfloat16.");
        for (var p = 0; p < 40; p++)
            Discs(name => Path.Combine(folder["data"], $"patient-{p:00}", "case", name, "1.png"), 64, 64, p, images: "images", raters: ["mask-0", "mask-1"]);

        var run = Mrnet("models", "check", "ct-lung-nodule", "--data", folder["data"]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("voxels that change sides", run.Output, StringComparison.Ordinal);
        Assert.Contains("calibration error", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Photographs_with_a_folder_for_each_rater_get_a_locator_in_the_same_file()
    {
        Photographs();

        var trained = Mrnet("train", folder["data"], "--out", Model, "--config", Config("""{ "network": { "width": 4 }, "size": 64, "split": { "validationShare": 0.3, "testShare": 0.2 } }"""), "--quick", "--batch", "4");

        Assert.Equal(0, trained.ExitCode);
        Assert.Contains("share of images whose region is found", trained.Output, StringComparison.Ordinal);
        var shown = JsonNode.Parse(Mrnet("models", "show", Path.Combine(Model, "model.safetensors")).Output)!;
        Assert.NotNull(shown["preparation"]!["locator"]);
        Assert.Equal(300, (int)shown["learntFrom"]!["columns"]!);
        Assert.StartsWith("mrnet train data --out model", (string)shown["trainingCommand"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void What_print_config_writes_can_be_trained_with()
    {
        Photographs();

        var printed = Mrnet("train", folder["data"], "--print-config", "--epochs", "7", "--width", "4", "--size", "64");
        var again = Mrnet("train", folder["data"], "--print-config", "--config", Config(printed.Output));

        Assert.Equal(0, printed.ExitCode);
        Assert.Equal(7, (int)JsonNode.Parse(printed.Output)!["training"]!["epochs"]!);
        Assert.Equal(printed.Output, again.Output);
    }

    [Theory]
    [InlineData("""{ "trainig": {} }""", "there is no setting 'trainig'; did you mean 'training'?")]
    [InlineData("""{ "split": { "validationShare": 0, "testShare": 0 } }""", "0 for validation")]
    [InlineData("""{ "method": "mv-unet" }""", "method is 'mv-unet'")]
    public void What_cannot_be_is_said_before_the_work(string config, string message)
    {
        Photographs();

        var run = Mrnet("train", folder["data"], "--out", Model, "--config", Config(config), "--quick", "--quiet");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_said()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda.is_available(), "This machine has a GPU.");
        Photographs();

        var run = Mrnet("train", folder["data"], "--out", Model, "--quick", "--device", "cuda");

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("Device is cuda", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_without_masks_is_refused()
    {
        Discs(name => Path.Combine(folder["data"], name, "1.png"), 64, 64, 0, images: "images", raters: []);

        Assert.Equal(2, Mrnet("train", folder["data"], "--out", Model).ExitCode);
    }

    [Fact]
    public void Without_a_place_for_the_model_it_does_not_start() => Assert.Contains("--out is wanted", Mrnet("train", folder["data"]).Error, StringComparison.Ordinal);

    private void Photographs()
    {
        for (var p = 0; p < 16; p++)
            Discs(name => Path.Combine(folder["data"], name, $"{p}.png"), 300, 200, p, images: "images", raters: ["anna", "bert"]);
    }

    private string Config(string json)
    {
        File.WriteAllText(folder["train.json"], json);
        return folder["train.json"];
    }

    /// <summary>A bright disc; each rater draws it larger than the one before.</summary>
    private static void Discs(Func<string, string> path, int width, int height, int number, string images, string[] raters)
    {
        var (x, y, radius) = (20 + number * 7 % (width - 40), 20 + number * 11 % (height - 40), 6 + number % 6);
        Save(path(images), width, height, x, y, radius, 200);
        for (var r = 0; r < raters.Length; r++)
            Save(path(raters[r]), width, height, x, y, radius + 2 * r, 255);
    }

    private static void Save(string path, int width, int height, int x, int y, int radius, byte grey)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var bitmap = new SKBitmap(width, height, SKColorType.Gray8, SKAlphaType.Opaque);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { Color = new SKColor(grey, grey, grey) })
        {
            canvas.Clear(SKColors.Black);
            canvas.DrawCircle(x, y, radius, paint);
        }

        using var file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
    }
}
