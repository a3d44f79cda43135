using System.Text.Json.Nodes;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Pictures;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

public sealed class DataTests : IDisposable
{
    private const int Size = 64;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Describe_counts_masks_agreement_and_fusions()
    {
        Picture("images", "a", 0, 90);
        Picture("images", "b", 0, 90);
        Picture("r1", "a", 20, 255);
        Picture("r2", "a", 10, 255);
        Picture("r1", "b", 0, 255);
        Directory.CreateDirectory(folder["set/r3"]);

        var run = Mrnet("data", "describe", folder["set"], "--json", "--sheet", folder["new/sheet.png"]);
        var found = JsonNode.Parse(run.Output)!;
        var structure = found["structures"]![0]!;

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(("rater-folders", 2, 2), ((string)found["format"]!, (int)found["splits"]!["all"]!, (int)found["sizes"]!["64 x 64 x 1"]!));
        Assert.Equal(2.0 * 100 / (400 + 100), (double)structure["meanPairwiseDice"]!, 1e-9); // 10 x 10 in 20 x 20
        Assert.Equal((1, 1, 0), Masks(structure, 1)); // r2 has no b
        Assert.Equal((2, 0, 1), Masks(structure, 0)); // r1 found nothing in b
        Assert.Equal(200.0, (double)structure["raters"]![0]!["meanSize"]!);
        Assert.Equal(400.0 / 4096 / 2, (double)structure["any"]!, 1e-9);
        Assert.Equal(100.0 / 4096 / 2, (double)structure["all"]!, 1e-9);
        Assert.Contains("r3 graded structure in no case", run.Error, StringComparison.Ordinal);
        Assert.True(PictureReader.Read(folder["new/sheet.png"]).Grid.Columns > 1000);
    }

    [Fact]
    public void Describe_shows_a_person_a_table()
    {
        Picture("images", "a", 0, 90);
        Picture("anna", "a", 20, 255);

        var run = Mrnet("data", "describe", folder["set"]);

        Assert.Contains("anna", run.Output, StringComparison.Ordinal);
        Assert.Contains("64 x 64 x 1", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void One_grader_becomes_four_simulated_raters_in_qubiq_folders_and_back()
    {
        Picture("images", "a", 0, 90);
        Picture("grader", "a", 30, 255);

        var there = Mrnet("data", "convert", folder["set"], folder["qubiq"], "--format", "qubiq", "--modality", "OP", "--simulate-raters", "as-is;tighter:0.2;looser:0.2;shifted:0.2,0", "--noise", "0.01");
        var back = Mrnet("data", "convert", folder["qubiq"], folder["folders"], "--format", "rater-folders");

        Assert.Equal((0, ""), (there.ExitCode, there.Error));
        Assert.Equal((0, ""), (back.ExitCode, back.Error));
        Assert.True(File.Exists(folder["qubiq/a/task01_seg04.nii.gz"]));
        var (first, second) = (Open(folder["qubiq"]), Open(folder["folders"]));
        Assert.Equal(["simulated-as-is", "simulated-tighter-0.2", "simulated-looser-0.2", "simulated-shifted-0.2-0"], second.Raters);
        Assert.Equal("OP", second.Modality);
        Assert.True(File.Exists(folder["folders/simulated-as-is/a.png"]));
        for (var r = 0; r < 4; r++)
            Assert.Equal(first.Cases[0].ReadMasks(default)[0, r], second.Cases[0].ReadMasks(default)[0, r]);
    }

    [Fact]
    public void A_broken_mask_leaves_no_half_folder()
    {
        Picture("images", "a", 0, 90);
        Picture("images", "b", 0, 90);
        Picture("grader", "a", 30, 255);
        Picture("grader", "b", 30, 17);

        var run = Mrnet("data", "convert", folder["set"], folder["out"], "--format", "qubiq");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("b, b.png: The mask holds the value 17; expected only 0 and 255, or 0 and 1.", run.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Fact]
    public void What_is_there_is_not_mixed_with()
    {
        Picture("images", "a", 0, 90);
        Picture("grader", "a", 30, 255);

        var run = Mrnet("data", "convert", folder["set"], folder["set"], "--format", "qubiq");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("not empty", run.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--simulate-raters", "bolder", "The style is 'bolder'")]
    [InlineData("--modality", "OP", "no data set")]
    public void Says_what_is_wrong(string option, string value, string message)
    {
        Directory.CreateDirectory(folder["set"]);

        var run = Mrnet("data", "convert", folder["set"], folder["out"], "--format", "qubiq", option, value);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("describe"), InlineData("convert")]
    public void Explains_itself_with_examples(string command) =>
        Assert.Contains("Examples:", Mrnet("data", command, "--help").Output, StringComparison.Ordinal);

    private static MultiRaterDataSet Open(string path) => MultiRaterDataSet.Open(path, TestContext.Current.CancellationToken);

    private static (int Graded, int Missing, int Empty) Masks(JsonNode structure, int rater)
    {
        var found = structure["raters"]![rater]!;
        return ((int)found["graded"]!, (int)found["missing"]!, (int)found["empty"]!);
    }

    /// <summary>A square in the middle, or all of it for side 0 of an image.</summary>
    private void Picture(string inFolder, string name, int side, byte value)
    {
        var pixels = new byte[Size * Size];
        for (var i = 0; i < pixels.Length; i++)
            if ((inFolder == "images") || (Math.Abs(i % Size - 31.5) < side / 2.0 && Math.Abs(i / Size - 31.5) < side / 2.0))
                pixels[i] = value;
        Directory.CreateDirectory(folder[$"set/{inFolder}"]);
        PictureWriter.Write(folder[$"set/{inFolder}/{name}.png"], Size, Size, pixels);
    }
}
