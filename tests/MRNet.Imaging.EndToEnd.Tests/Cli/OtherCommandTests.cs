using System.IO.Compression;
using System.Text.Json.Nodes;
using MRNet.Dicom;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Nifti;
using TorchSharp;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

public sealed class OtherCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("ct-nodule", "CT")]
    [InlineData("mr-head", "MR")]
    public void Dicom_to_nifti_and_back_keeps_voxels_and_places(string series, string modality)
    {
        var (once, dicom, twice) = (folder["once.nii.gz"], folder["dicom"], folder["twice.nii.gz"]);

        Assert.Equal((0, ""), Result(Mrnet("convert", Repository.TestData(series), once)));
        Assert.Equal((0, ""), Result(Mrnet("convert", once, dicom, "--modality", modality)));
        Assert.Equal((0, ""), Result(Mrnet("convert", dicom, twice)));

        var (a, b) = (NiftiReader.Read(once), NiftiReader.Read(twice));
        Assert.Equal(a.Samples, b.Samples);
        foreach (var corner in new[] { (0, 0, 0), (a.Grid.Columns - 1, a.Grid.Rows - 1, a.Grid.Slices - 1) })
            Assert.True((a.Grid.ToPatient(corner.Item1, corner.Item2, corner.Item3) - b.Grid.ToPatient(corner.Item1, corner.Item2, corner.Item3)).Length < 0.01);
    }

    [Fact]
    public void Convert_without_a_modality_says_which_it_wants()
    {
        var scan = folder["scan.nii.gz"];
        Mrnet("convert", Repository.TestData("mr-head"), scan);

        var run = Mrnet("convert", scan, folder["dicom"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--modality", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_does_not_replace_a_file_unasked()
    {
        var there = folder["scan.nii.gz"];
        File.WriteAllText(there, "mine");

        var run = Mrnet("convert", Repository.TestData("mr-head"), there);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("mine", File.ReadAllText(there));
    }

    [Fact]
    public void Anonymized_files_name_no_patient_and_are_the_same_volume()
    {
        var named = Directory.CreateDirectory(folder["named"]).FullName;
        foreach (var path in Directory.GetFiles(Repository.TestData("ct-nodule")))
        {
            var file = DicomFile.Open(path);
            file.Dataset.AddOrUpdate(DicomTag.PatientName, "Secret^Name");
            file.Save(Path.Combine(named, Path.GetFileName(path)));
        }

        Assert.Equal((0, ""), Result(Mrnet("anonymize", named, folder["anonymous"])));

        var series = Assert.Single(Directory.GetDirectories(folder["anonymous"]));
        Assert.Equal(Directory.GetFiles(named).Length, Directory.GetFiles(series).Length);
        Assert.All(Directory.GetFiles(series), path => Assert.DoesNotContain("Secret", File.ReadAllText(path, System.Text.Encoding.Latin1), StringComparison.Ordinal));
        Assert.Equal((0, 0), (Mrnet("convert", named, folder["a.nii.gz"]).ExitCode, Mrnet("convert", series, folder["b.nii.gz"]).ExitCode));
        var (a, b) = (NiftiReader.Read(folder["a.nii.gz"]), NiftiReader.Read(folder["b.nii.gz"]));
        Assert.Equal(a.Samples, b.Samples);
        Assert.Equal(a.Grid, b.Grid);
    }

    [Fact]
    public void Anonymized_files_that_cannot_be_written_are_said_in_a_sentence()
    {
        File.WriteAllText(folder["taken"], "mine");

        var run = Mrnet("anonymize", Repository.TestData("ct-nodule"), folder["taken"]);

        Assert.Equal(5, run.ExitCode);
        Assert.Contains(folder["taken"], run.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder["taken"]));
    }

    [Fact]
    public void Doctor_finds_the_bundled_models_right()
    {
        var run = Mrnet("doctor");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("ct-lung-nodule", run.Output, StringComparison.Ordinal);
        Assert.Contains("convolutions right", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_are_listed_and_shown()
    {
        var list = Mrnet("models", "list");
        var shown = JsonNode.Parse(Mrnet("models", "show", "ct-lung-nodule").Output)!;

        Assert.Contains("ct-lung-nodule", list.Output, StringComparison.Ordinal);
        Assert.Equal(4, shown["raters"]!.AsArray().Count);
        Assert.InRange((double)shown["scores"]!["soft Dice, this model"]!, 0.6, 1);
        Assert.StartsWith("mrnet train", (string)shown["trainingCommand"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Raw_tensors_run_through_a_network()
    {
        using var scope = torch.NewDisposeScope();
        using var off = torch.no_grad();
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 3, structures: 2, channels: 1, width: 4));
        network.eval();
        NetworkWeights.Save(network, folder["weights.safetensors"]);
        var image = torch.rand(2, 1, 64, 96);
        SafetensorsFile.Write(folder["inputs.safetensors"], new Dictionary<string, torch.Tensor> { ["image_norm"] = image });

        var run = Mrnet(
            "models", "run", folder["weights.safetensors"], folder["inputs.safetensors"], "--options", "published", "--expertness", "0.5,0.3,0.2", "--out", Path.Combine(folder["new"], "out.safetensors"));

        Assert.Equal((0, ""), Result(run));
        using var output = SafetensorsFile.Open(Path.Combine(folder["new"], "out.safetensors"));
        var wanted = network.call(image, torch.tensor([0.5f, 0.3f, 0.2f]).expand(2, -1));
        Assert.True(output.Read("refined").allclose(wanted.Refined, rtol: 1e-4, atol: 1e-5));
        Assert.True(output.Read("raters").allclose(wanted.Raters, rtol: 1e-4, atol: 1e-5));
        Assert.Equal([2, 2, 64, 96], output.Tensors["uncertainty"].Shape);
    }

    [Fact]
    public void Published_checkpoints_become_a_model_and_go_back_to_the_same_files()
    {
        using var scope = torch.NewDisposeScope();
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 2, structures: 1, channels: 1, width: 4));
        PublishedFiles.Write(network, folder["published"]);
        File.WriteAllText(folder["model.json"], Descriptor("imported").ToJsonString());
        string[] Modules(string from) => [.. new[] { "unet", "mrm", "mpm" }.SelectMany(module => new[] { "--" + module, Path.Combine(folder[from], module + ".pth") })];

        var imported = Mrnet(["models", "import", .. Modules("published"), "--descriptor", folder["model.json"], "--out", Path.Combine(folder["models"], "imported.safetensors")]);
        var exported = Mrnet("models", "export", "imported", "--models", folder["models"], "--out", folder["exported"]);
        var again = Mrnet("models", "import", Path.Combine(folder["models"], "imported.safetensors"), "--descriptor", Path.Combine(folder["exported"], "imported.json"), "--out", folder["again.safetensors"]);

        Assert.Equal((0, ""), Result(imported));
        Assert.Equal(0, exported.ExitCode);
        Assert.Equal((0, ""), Result(again));
        foreach (var file in new[] { "unet", "mrm", "mpm" }.SelectMany(module => new[] { module + ".pth", module + ".safetensors" }))
            Assert.Equal(File.ReadAllBytes(Path.Combine(folder["published"], file)).Length, File.ReadAllBytes(Path.Combine(folder["exported"], file)).Length);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["published"], "mrm.safetensors")), File.ReadAllBytes(Path.Combine(folder["exported"], "mrm.safetensors")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["models"], "imported.safetensors")), File.ReadAllBytes(folder["again.safetensors"]));
    }

    [Fact]
    public void A_checkpoint_with_code_in_it_is_refused_and_nothing_is_written()
    {
        File.WriteAllText(folder["model.json"], Descriptor("imported").ToJsonString());
        using (var archive = new ZipArchive(File.Create(folder["code.pth"]), ZipArchiveMode.Create))
        using (var pickle = archive.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open())
            pickle.Write([0x80, 2, .. "cos\nsystem\n(X\u0004\0\0\0true"u8, .. "tR."u8]);

        var run = Mrnet("models", "import", folder["code.pth"], "--descriptor", folder["model.json"], "--out", folder["out.safetensors"]);

        Assert.Equal(4, run.ExitCode);
        Assert.Contains("it names 'os.system', which Python would run", run.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out.safetensors"]));
    }

    [Fact]
    public void Import_wants_one_file_or_three()
    {
        Assert.Contains("Give either one file", Mrnet("models", "import", "--descriptor", "d.json", "--out", "m.safetensors").Message, StringComparison.Ordinal);
        Assert.Contains("Give either one file", Mrnet("models", "import", "all.pth", "--unet", "u.pth", "--descriptor", "d.json", "--out", "m.safetensors").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_are_more_than_four_structures_segment_offers_a_label_map()
    {
        using var scope = torch.NewDisposeScope();
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 2, structures: 5, channels: 1, width: 4));
        PublishedFiles.Write(network, folder["published"]);
        File.WriteAllText(folder["model.json"], Descriptor("five", structures: 5).ToJsonString());
        Assert.Equal((0, ""), Result(Mrnet(
            ["models", "import", .. new[] { "unet", "mrm", "mpm" }.SelectMany(module => new[] { "--" + module, Path.Combine(folder["published"], module + ".pth") }), "--descriptor", folder["model.json"], "--out", Path.Combine(folder["models"], "five.safetensors")])));
        Run Segment(string model, params string[] options) =>
            Mrnet(["segment", Repository.TestData("ct-nodule"), "--models", folder["models"], "--model", model, "--out", folder["out"], "--overwrite", .. options]);

        var many = Segment("five");
        var quiet = Segment("five", "--quiet");
        var noSegmentation = Segment("five", "--format", "json");
        var one = Mrnet("segment", Repository.TestData("ct-nodule"), "--out", folder["out"], "--overwrite");

        Assert.All([many, quiet, noSegmentation, one], run => Assert.Equal(0, run.ExitCode));
        Assert.Contains("is smaller as a label map", many.Error, StringComparison.Ordinal);
        Assert.Contains("--seg labelmap", many.Error, StringComparison.Ordinal);
        Assert.All([quiet, noSegmentation, one], run => Assert.DoesNotContain("label map", run.Error, StringComparison.Ordinal));
    }

    /// <summary>The bundled model's, for a small published network.</summary>
    private static JsonNode Descriptor(string id, int structures = 1)
    {
        var json = JsonNode.Parse(Mrnet("models", "show", "ct-lung-nodule").Output)!;
        json["id"] = id;
        json["raters"] = new JsonArray("A", "B");
        json["network"] = JsonNode.Parse("""{"raters":2,"structures":1,"channels":1,"width":4,"recurrentSteps":1,"coarseInput":"logit","unbiasedUncertainty":true,"attentionKernel":"free"}""");
        json["network"]!["structures"] = structures;
        json["structures"] = new JsonArray([.. Enumerable.Range(1, structures).Select(n =>
        {
            var structure = json["structures"]![0]!.DeepClone();
            structure["label"] = $"Nodule {n}";
            return structure;
        })]);
        return json;
    }

    [Theory]
    [InlineData("ct-nodule", "PixelSpacing")]
    [InlineData("mr-head", "ImageOrientationPatient")]
    public void Inspect_shows_a_dicom_header(string series, string keyword)
    {
        var run = Mrnet("inspect", Directory.GetFiles(Repository.TestData(series)).Order().First());

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(keyword, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_refuses_what_it_cannot_read()
    {
        var run = Mrnet("inspect", Path.Combine(Repository.Root, "README.md"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("README.md", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shells_complete_commands_and_options()
    {
        Assert.Contains("complete", Mrnet("completion", "bash").Output, StringComparison.Ordinal);
        Assert.Contains("segment", Mrnet("[suggest:2]", "se").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_explains_itself_with_examples()
    {
        foreach (var command in new[] { "segment", "convert", "inspect", "train", "evaluate", "experiment", "doctor", "completion" })
            Assert.Contains("Examples:", Mrnet(command, "--help").Output, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static (int, string) Result(Run run) => (run.ExitCode, run.Error);
}
