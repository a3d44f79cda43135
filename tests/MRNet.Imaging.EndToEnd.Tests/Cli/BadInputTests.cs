using System.Text.Json.Nodes;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>Whatever is wrong gets one line that says what and what to do, its exit code, and leaves nothing behind.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private string? mounted;

    private string Out => folder["out"];

    [Fact]
    public void A_path_that_is_not_there() => Refused(2, "no file or folder", folder["absent"]);

    [Fact]
    public void An_empty_folder()
    {
        var empty = Directory.CreateDirectory(folder["empty"]).FullName;

        Refused(2, "no DICOM", empty);
    }

    [Fact]
    public void A_text_file()
    {
        var text = folder["notes.txt"];
        File.WriteAllText(text, "This is not an image.");

        Refused(2, "notes.txt", text);
    }

    [Fact]
    public void A_truncated_slice_among_good_ones()
    {
        var series = Copy("ct-nodule");
        var broken = Directory.GetFiles(series).Order().ElementAt(1);
        File.WriteAllBytes(broken, File.ReadAllBytes(broken)[..^1000]);

        Refused(2, Path.GetFileName(broken), series);
    }

    [Fact]
    public void Two_series_in_one_folder_are_listed()
    {
        var both = Copy("ct-nodule");
        foreach (var file in Directory.GetFiles(Repository.TestData("mr-head")))
            File.Copy(file, Path.Combine(both, "mr-" + Path.GetFileName(file)));

        Refused(2, "--series", both);
    }

    [Fact]
    public void A_region_outside_the_image() => Refused(2, "The region is voxels", CtNodule, "--region", "box:100,100,0,128,128,2");

    [Fact]
    public void A_region_that_is_no_region() => Refused(2, "box:x,y,z,columns,rows,slices", CtNodule, "--region", "somewhere");

    [Theory]
    [InlineData("0.5,0.5", "4 raters")]
    [InlineData("0.5,0.5,0.5,-1", "0 or more")]
    [InlineData("0,0,0,0", "at least one weight")]
    [InlineData("a,b,c,d", "expected numbers")]
    [InlineData("NaN,1,1,1", "0 or more")]
    public void Expertness_that_is_none(string expertness, string says) => Refused(2, says, CtNodule, "--expertness", expertness);

    [Fact]
    public void A_threshold_out_of_range() => Refused(2, "Threshold is 1.5", CtNodule, "--threshold", "1.5");

    [Fact]
    public void A_model_for_another_modality() => Refused(2, "is for CT", Repository.TestData("mr-head"), "--model", "ct-lung-nodule");

    [Fact]
    public void A_model_for_another_kind_of_picture() => Refused(2, "channel", Picture, "--model", "ct-lung-nodule");

    [Fact]
    public void A_model_that_is_not_there() => Refused(4, "There is no model 'liver'", CtNodule, "--model", "liver");

    [Fact]
    public void Weights_that_are_damaged()
    {
        var weights = folder["damaged.safetensors"];
        File.WriteAllBytes(weights, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);

        Refused(4, "damaged.safetensors", CtNodule, "--model", weights);
    }

    [Fact]
    public void A_device_that_is_not_there() => Refused(5, "no CUDA", CtNodule, "--device", "cuda");

    [Fact]
    public void An_output_folder_below_a_file()
    {
        File.WriteAllText(Out, "a file");

        var run = Mrnet("segment", CtNodule, "--out", Path.Combine(Out, "below"));

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("cannot be written", run.Message, StringComparison.Ordinal);
        Assert.Equal("a file", File.ReadAllText(Out));
    }

    [Fact]
    public void A_read_only_output_folder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        var mount = Mounted("ro,size=1m");

        var run = Mrnet("segment", CtNodule, "--out", mount);

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("cannot be written", run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_leaves_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux only.");
        var mount = Mounted("size=64k");

        var run = Mrnet("segment", CtNodule, "--out", mount);

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("written", run.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(mount));
    }

    [Fact]
    public void Results_that_are_there_already_are_kept()
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "result.json"), "mine");

        Refused(2, "--overwrite", CtNodule);

        Assert.Equal("mine", File.ReadAllText(Path.Combine(Out, "result.json")));
    }

    [Theory]
    [InlineData("seg,tiff", "tiff"), InlineData("7", "7"), InlineData("", "")]
    public void An_unknown_format_is_wrong_usage(string format, string says)
    {
        var run = Mrnet("segment", CtNodule, "--out", Out, "--format", format);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"'{says}'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_setting_that_means_nothing_is_wrong_usage()
    {
        var config = folder["mrnet.json"];
        File.WriteAllText(config, """{ "Jobs": { "QueueLimt": 5 } }""");

        var run = Mrnet("serve", "--config", config, "--store", folder["store"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("error: Jobs:QueueLimt in mrnet.json is no setting; did you mean Jobs:QueueLimit? 'mrnet serve --print-config' lists them all.", run.Message);
        Assert.False(Directory.Exists(folder["store"]));
    }

    [Fact]
    public void A_store_is_verified_where_the_settings_say_that_it_is()
    {
        File.WriteAllText(folder["mrnet.json"], new JsonObject { ["Store"] = folder["kept"] }.ToJsonString());
        Assert.Equal(0, Mrnet("keys", "add", "slicer-3", "--role", "viewer", "--config", folder["mrnet.json"]).ExitCode);

        var run = Mrnet("verify", "--config", folder["mrnet.json"]);

        Assert.True(File.Exists(folder["kept/keys.json"]));
        Assert.Equal((2, $"error: {folder["kept"]} has no jobs.db; expected the folder (--store) of 'mrnet serve'."), (run.ExitCode, run.Message));
    }

    [Fact]
    public void The_command_line_goes_before_the_file_of_settings()
    {
        var config = folder["mrnet.json"];
        File.WriteAllText(config, """{ "Port": 6000, "Device": "cuda", "Jobs": { "Runners": 2 } }""");

        var run = Mrnet("serve", "--config", config, "--port", "7000", "--client", "slicer-3=viewer", "--print-config");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        foreach (var line in new[] { """ "Port": 7000,""", """ "Device": "cuda",""", """ "Runners": 2,""", """ "Certificates": [{"Subject":"slicer-3","Role":"viewer","Name":""}],""" })
            Assert.Contains(line, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_do_not_go_among_the_images()
    {
        var series = Copy("ct-nodule");
        var before = Directory.GetFiles(series);

        var run = Mrnet("segment", series, "--out", series);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("give another --out", run.Message, StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(series));
    }

    [Fact]
    public void Dicom_results_of_a_picture() => Refused(2, "DICOM results need DICOM images", Picture, "--model", Discs(), "--format", "seg");

    [Fact]
    public void A_folder_of_models_that_is_not_there() => Refused(2, "no folder", CtNodule, "--models", folder["absent"]);

    [Fact]
    public void What_failed_leaves_no_folder_behind()
    {
        var run = Mrnet("segment", CtNodule, "--out", Path.Combine(Out, "deep", "deeper"), "--threshold", "7");

        Assert.Equal(2, run.ExitCode);
        Assert.False(Directory.Exists(Out));
    }

    public void Dispose()
    {
        if (mounted is not null)
            Shell($"umount '{mounted}'");
        folder.Dispose();
    }

    /// <summary>A model for colour pictures that was never trained.</summary>
    private string Discs()
    {
        var json = JsonNode.Parse(Mrnet("models", "show", "ct-lung-nodule").Output)!;
        json["network"] = new JsonObject { ["raters"] = 4, ["structures"] = 1, ["channels"] = 3, ["width"] = 4 };
        json["preparation"]!["framing"] = "resize";
        var descriptor = ModelDescriptor.Parse(json.ToJsonString(), "colour");
        using var network = new MultiRaterNetwork(descriptor.Network);
        NetworkWeights.Save(network, folder["colour.safetensors"], descriptor.ToMetadata());
        return folder["colour.safetensors"];
    }

    private static string CtNodule => Repository.TestData("ct-nodule");

    private static string Picture => Directory.GetFiles(Repository.TestData("fundus"), "*.jpg").Single();

    private void Refused(int code, string says, string path, params string[] more)
    {
        var before = Directory.Exists(Out) ? Directory.GetFileSystemEntries(Out) : null;

        var run = Mrnet(["segment", path, "--out", Out, .. more]);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(says, run.Message, StringComparison.Ordinal);
        Assert.Empty(run.Output);
        Assert.Equal(before ?? [], Directory.Exists(Out) ? Directory.GetFileSystemEntries(Out) : []);
    }

    private string Copy(string series)
    {
        var target = Directory.CreateDirectory(folder["copy"]).FullName;
        foreach (var file in Directory.GetFiles(Repository.TestData(series)))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        return target;
    }

    private string Mounted(string options)
    {
        var mount = Directory.CreateDirectory(folder["mount"]).FullName;
        var run = Shell($"mount -t tmpfs -o {options} tmpfs '{mount}'");
        Assert.SkipUnless(run.ExitCode == 0, "This user may not mount a small file system.");
        return mounted = mount;
    }
}
