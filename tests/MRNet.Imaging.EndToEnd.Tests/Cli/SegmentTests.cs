using System.Text;
using System.Text.Json.Nodes;
using MRNet.Imaging.Nifti;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>From a scan to results, with the real program and the bundled model.</summary>
public sealed class SegmentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string CtNodule => Repository.TestData("ct-nodule");

    private string Out => folder["out"];

    [Fact]
    public void Writes_all_results_of_a_ct_series()
    {
        var run = Mrnet("segment", CtNodule, "--out", Out);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            [
                "contact-sheet.png", "mask-lung-nodule.nii.gz", "probability-lung-nodule.dcm", "probability-lung-nodule.nii.gz", "probability.dcm", "result.json",
                "segmentation.dcm", "uncertainty-lung-nodule.dcm", "uncertainty-lung-nodule.nii.gz",
            ],
            Directory.GetFiles(Out).Select(Path.GetFileName).Order());
        Assert.Contains("Lung nodule", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Writes_report_raters_and_overlay_on_request()
    {
        var run = Mrnet("segment", CtNodule, "--out", Out, "--format", "json", "--report", "--raters", "--overlay", "--seg", "labelmap", "--compress", "rle");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal(["overlay.dcm", "raters.dcm", "report.dcm", "result.json", "segmentation.dcm"], Directory.GetFiles(Out).Select(Path.GetFileName).Order());
        // dciodvfy does not know label maps yet: it takes the report's reference to a segment of one for a fault.
        Assert.All(Directory.GetFiles(Out, "*.dcm").Where(file => Path.GetFileName(file) != "report.dcm"), file => Assert.Empty(Dicom.Tools.Errors(file)));
    }

    [Fact]
    public void The_nodule_is_found_and_the_raters_differ()
    {
        var nodule = Structure(Segment(CtNodule));

        var volume = (double)nodule["volumeMl"]!;
        var raters = nodule["raterVolumes"]!.AsObject().Select(rater => (double)rater.Value!).ToArray();
        Assert.InRange(volume, 2.0, 5.5); // the four readers drew 3.9 to 4.8 mL at these spacings
        Assert.InRange(raters.Max() - raters.Min(), 0.05, 3.0);
        Assert.InRange((double)nodule["meanUncertainty"]!, 0.01, 0.3);
    }

    [Fact]
    public void The_mask_answers_to_the_raters_weights()
    {
        var first = (long)Structure(Segment(CtNodule, "--expertness", "1,0,0,0"))["voxels"]!;
        var second = (long)Structure(Segment(CtNodule, "--expertness", "0,1,0,0", "--overwrite"))["voxels"]!;

        Assert.NotEqual(first, second);
    }

    [Fact]
    public void The_temperature_can_be_left_out_and_the_result_says_so()
    {
        float[] Probability() => NiftiReader.Read(folder["out/probability-lung-nodule.nii.gz"]).Samples;
        double Logit(float p) => Math.Log(p / (1 - p));

        double Temperature() => (double)JsonNode.Parse(File.ReadAllText(folder["out/result.json"]))!["temperature"]!;

        Mrnet("segment", CtNodule, "--out", Out, "--format", "nifti,json");
        var (scaled, temperature) = (Probability(), Temperature());
        Mrnet("segment", CtNodule, "--out", Out, "--format", "nifti,json", "--no-temperature", "--overwrite");
        var plain = Probability();

        Assert.NotEqual(1, temperature);
        Assert.Equal(1, Temperature());
        var middle = Enumerable.Range(0, plain.Length).First(i => plain[i] is > 0.7f and < 0.95f);
        Assert.Equal(Logit(plain[middle]), Logit(scaled[middle]) * temperature, 1e-3);
    }

    [Fact]
    public void Files_in_any_order_give_the_same_result()
    {
        var reversed = Directory.CreateDirectory(folder["reversed"]).FullName;
        foreach (var (file, i) in Directory.GetFiles(CtNodule).OrderDescending().Select((file, i) => (file, i)))
            File.Copy(file, Path.Combine(reversed, $"{i:00}.dcm"));

        var straight = Structure(Segment(CtNodule)).ToJsonString();
        var turned = Structure(Segment(reversed, "--overwrite")).ToJsonString();

        Assert.Equal(straight, turned);
    }

    [Fact]
    public void Only_a_region_is_computed_when_one_is_given()
    {
        Segment(CtNodule, "--region", "box:32,32,2,64,64,3", "--format", "nifti,json");

        var probability = NiftiReader.Read(Path.Combine(Out, "probability-lung-nodule.nii.gz"));
        var inside = Enumerable.Range(0, 9).Select(z => probability.Slice(z).ToArray().Count(value => value > 0)).ToArray();
        Assert.Equal([0, 0, 64 * 64, 64 * 64, 64 * 64, 0, 0, 0, 0], inside);
    }

    [Fact]
    public void A_nifti_file_gives_no_dicom_and_says_so()
    {
        var scan = folder["scan.nii.gz"];
        Assert.Equal(0, Mrnet("convert", CtNodule, scan).ExitCode);

        var run = Mrnet("segment", scan, "--modality", "CT", "--out", Out);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("No DICOM output", run.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(Out), file => file.EndsWith(".dcm", StringComparison.Ordinal));
    }

    [Fact]
    public void Quiet_says_nothing()
    {
        var run = Mrnet("segment", CtNodule, "--out", Out, "--quiet");

        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    [Fact]
    public void Json_is_the_only_thing_on_standard_output()
    {
        var run = Mrnet("segment", CtNodule, "--out", Out, "--json", "--format", "json");

        Assert.Equal("Lung nodule", (string)JsonNode.Parse(run.Output)!["structures"]![0]!["label"]!);
    }

    [Fact]
    public void Ctrl_c_leaves_nothing()
    {
        var long_scan = folder["long.nii"];
        var grid = new Grid(128, 128, 2000);
        NiftiWriter.Write<float>(long_scan, grid, [.. Enumerable.Range(0, (int)grid.Count).Select(i => (float)(i % 1009))]);

        var run = Interrupted(TimeSpan.FromSeconds(2), "segment", long_scan, "--modality", "CT", "--out", Out);

        Assert.Equal(130, run.ExitCode);
        Assert.Contains("Cancelled", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void A_tree_of_studies_is_walked_and_what_is_done_is_skipped()
    {
        var studies = folder["studies"];
        Copy("ct-nodule", Path.Combine(studies, "a", "ct"));
        Copy("mr-head", Path.Combine(studies, "a", "mr"));
        var broken = Copy("ct-nodule", Path.Combine(studies, "b"), file => Path.GetFileName(file)[0] != '.');
        Rewrite(broken, "2.25.424242", missing: 4);

        var first = Mrnet("segment", "--all", studies, "--model", "ct-lung-nodule", "--out", Out);
        var summary = Summary();
        var second = Mrnet("segment", "--all", studies, "--model", "ct-lung-nodule", "--out", Out);
        var numbers = summary.Single(row => row[3] == "done").Skip(5).Take(5).ToArray();

        Assert.Equal(3, first.ExitCode); // one failed, and did not stop the rest
        Assert.Equal(["done", "failed", "skipped"], summary.Select(row => row[3]).Order());
        Assert.Equal(["failed", "skipped", "skipped"], Summary().Select(row => row[3]).Order());
        Assert.Contains(Summary(), row => row[3] == "skipped" && row.Skip(5).Take(5).SequenceEqual(numbers)); // what was done before keeps its numbers
        Assert.Contains("done before", File.ReadAllText(Path.Combine(Out, "summary.csv")), StringComparison.Ordinal);
        Assert.Equal(3, second.ExitCode);
    }

    [Fact]
    public void A_series_whose_uid_is_a_path_does_not_lead_out_of_the_folder()
    {
        var studies = Copy("ct-nodule", folder["studies"]);
        Rewrite(studies, "../../escaped", missing: null);

        var run = Mrnet("segment", "--all", studies, "--out", Path.Combine(Out, "a", "b"), "--format", "json");

        Assert.Equal(0, run.ExitCode);
        Assert.False(Directory.Exists(Path.Combine(Out, "escaped")));
        Assert.StartsWith("series-", Path.GetFileName(Assert.Single(Directory.GetDirectories(Path.Combine(Out, "a", "b")))), StringComparison.Ordinal);
    }

    [Fact]
    public void Results_inside_the_tree_are_no_images()
    {
        var studies = folder["studies"];
        Copy("ct-nodule", Path.Combine(studies, "a"));

        var runs = Enumerable.Range(0, 2).Select(_ => Mrnet("segment", "--all", studies, "--out", Path.Combine(studies, "results"), "--overwrite", "--json")).ToArray();

        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
        var only = Assert.Single(JsonNode.Parse(runs[1].Output)!.AsArray());
        Assert.Equal(("done", "Lung nodule"), ((string)only!["status"]!, (string)only["result"]!["structures"]![0]!["label"]!));
    }

    public void Dispose() => folder.Dispose();

    private JsonNode Segment(string path, params string[] more)
    {
        string[] format = more.Contains("--format") ? [] : ["--format", "json"];
        var run = Mrnet(["segment", path, "--out", Out, .. format, .. more]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return JsonNode.Parse(File.ReadAllText(Path.Combine(Out, "result.json")))!;
    }

    private static JsonNode Structure(JsonNode result) => result["structures"]![0]!;

    private static string Copy(string series, string target, Func<string, bool>? which = null)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(Repository.TestData(series)).Where(which ?? (_ => true)))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }

    /// <summary>Another series of the same images.</summary>
    /// <param name="missing">The slice that is left out.</param>
    private static void Rewrite(string series, string uid, int? missing)
    {
        if (missing is { } slice)
            File.Delete(Directory.GetFiles(series).Order().ElementAt(slice));
        foreach (var path in Directory.GetFiles(series))
        {
            var file = MRNet.Dicom.DicomFile.Open(path);
            file.Dataset.AddOrUpdate(MRNet.Dicom.DicomTag.SeriesInstanceUID, uid.StartsWith('.') ? Same(uid) : uid);
            file.Save(path);
            File.WriteAllBytes(path, Replaced(File.ReadAllBytes(path), Same(uid), uid));
        }
    }

    /// <summary>A UID as long as a text that the writer would refuse.</summary>
    private static string Same(string text) => "2.25." + new string('7', text.Length - 5);

    private static byte[] Replaced(byte[] file, string uid, string text)
    {
        if (text.StartsWith('.') && file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(uid)) is >= 0 and var at)
            Encoding.ASCII.GetBytes(text).CopyTo(file, at);
        return file;
    }

    private List<string[]> Summary() => [.. File.ReadAllLines(Path.Combine(Out, "summary.csv")).Skip(1).Select(line => line.Split(','))];
}
