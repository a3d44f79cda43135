using System.Text.Json.Nodes;
using MRNet.Dicom;
using MRNet.Imaging.Model.Inference;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>Results that are not for the record say so wherever they are seen.</summary>
public sealed class PreviewTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string CtNodule => Repository.TestData("ct-nodule");

    private string Out => folder["out"];

    [Fact]
    public void A_preview_has_a_mask_and_a_probability_and_no_raters_or_uncertainty()
    {
        var (output, json) = Segment("--quality", "preview");

        Assert.Equal(
            ["contact-sheet.png", "mask-lung-nodule.nii.gz", "probability-lung-nodule.dcm", "probability-lung-nodule.nii.gz", "probability.dcm", "result.json", "segmentation.dcm"],
            Directory.GetFiles(Out).Select(Path.GetFileName).Order());
        Assert.Equal("preview", (string)json["quality"]!);
        Assert.Contains("preview", (string)json["warning"]!, StringComparison.Ordinal);
        Assert.Null(json["structures"]![0]!["meanUncertainty"]);
        Assert.Empty(json["structures"]![0]!["raterVolumes"]!.AsObject());
        Assert.InRange((double)json["structures"]![0]!["volumeMl"]!, 1.0, 8.0); // the readers drew 3.9 to 4.8 mL
        Assert.Contains("preview: the U-Net alone, no raters, no uncertainty", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_dicom_objects_of_a_preview_name_it()
    {
        Segment("--quality", "preview", "--format", "seg,pm,json");

        var mask = DicomFile.Open(Path.Combine(Out, "segmentation.dcm")).Dataset;
        var segment = mask.GetSequence(DicomTag.SegmentSequence).Items[0];
        Assert.Equal("MRNet preview: Lung nodule", mask.GetString(DicomTag.SeriesDescription));
        Assert.Equal("MRNet ct-lung-nodule (preview)", segment.GetString(DicomTag.SegmentAlgorithmName));
        Assert.StartsWith("PREVIEW; ", mask.GetString(DicomTag.ContentDescription), StringComparison.Ordinal);
        Assert.EndsWith(";caveat=preview", segment.GetSequence(DicomTag.SegmentationAlgorithmIdentificationSequence).Items[0].GetString(DicomTag.AlgorithmParameters), StringComparison.Ordinal);
        Assert.Equal("MRNet preview: probability, Lung nodule", DicomFile.Open(Path.Combine(Out, "probability-lung-nodule.dcm")).Dataset.GetString(DicomTag.SeriesDescription));
    }

    [Fact]
    public void A_preview_leaves_no_uncertainty_of_an_earlier_result_beside_it()
    {
        Segment();
        Assert.True(File.Exists(Path.Combine(Out, "uncertainty-lung-nodule.dcm")));

        Segment("--quality", "preview", "--overwrite");

        Assert.Empty(Directory.GetFiles(Out, "uncertainty-*"));
    }

    [Fact]
    public void A_tree_that_was_previewed_is_done_again_in_full()
    {
        string[] tree = ["segment", "--all", CtNodule, "--out", Out, "--format", "json", "--json"];
        string Status(params string[] more) => (string)JsonNode.Parse(Mrnet([.. tree, .. more]).Output)![0]!["status"]!;

        Assert.Equal(["done", "skipped", "done", "skipped"], [Status("--quality", "preview"), Status("--quality", "preview"), Status(), Status()]);
    }

    [Fact]
    public void Lower_precision_says_so_and_keeps_no_uncertainty()
    {
        Assert.SkipUnless(InferenceNetwork.HasBFloat16, "This processor has no bfloat16.");

        var (output, json) = Segment("--precision", "bfloat16");

        Assert.Equal(("full", "bfloat16"), ((string)json["quality"]!, (string)json["precision"]!));
        Assert.Empty(Directory.GetFiles(Out, "uncertainty-*"));
        Assert.NotNull(json["structures"]![0]!["meanUncertainty"]);
        Assert.Equal("MRNet bfloat16: Lung nodule", DicomFile.Open(Path.Combine(Out, "segmentation.dcm")).Dataset.GetString(DicomTag.SeriesDescription));
        Assert.Contains("bfloat16: lower precision", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_precision_that_the_device_lacks_is_refused()
    {
        var run = Mrnet("segment", CtNodule, "--out", Out, "--precision", "float16");

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("Precision is float16; that is for GPUs.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_is_not_there_is_named()
    {
        var run = Mrnet("segment", CtNodule, "--out", Out, "--device", "cuda");

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("no CUDA", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private (string Output, JsonNode Json) Segment(params string[] more)
    {
        var run = Mrnet(["segment", CtNodule, "--out", Out, .. more]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return (run.Output, JsonNode.Parse(File.ReadAllText(Path.Combine(Out, "result.json")))!);
    }
}
