using MRNet.Imaging.Pictures;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>The paper's tables, on a few squares that two raters drew.</summary>
public sealed class ExperimentTests : IDisposable
{
    private const int Size = 32;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Table_2_asks_every_method_for_every_rater()
    {
        DataSet("Training", "Validation", "Testing");

        var run = Mrnet("experiment", "table2", folder["set"], "--out", folder["out"], "--quick", "--batch", "2", "--quiet");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var table = File.ReadAllLines(folder["out/table2.md"]);
        Assert.Contains("| | R1 | R2 | random | average | STAPLE |", table);
        Assert.Equal(["M1", "M2", "MV-UNet", "LS-UNet", "MH-UNet", "MRNet"], table.Where(line => line.StartsWith("| M", StringComparison.Ordinal) || line.StartsWith("| L", StringComparison.Ordinal)).Select(line => line.Split('|')[1].Trim()));
        Assert.Contains("R1: anna, R2: ben.", run.Output, StringComparison.Ordinal);
        Assert.Contains("Scored on the test patients (2 images of 2 patients", run.Output, StringComparison.Ordinal);
        Assert.Contains("the numbers mean nothing", run.Output, StringComparison.Ordinal);
        Assert.Equal(1 + 6 * 5, File.ReadAllLines(folder["out/table2.csv"]).Length);
    }

    [Fact]
    public void Table_4_adds_the_modules_and_a_second_call_trains_nothing()
    {
        DataSet("Training", "Validation");
        string[] command = ["experiment", "table4", folder["set"], "--out", folder["out"], "--quick", "--batch", "2"];

        var first = Mrnet(command);
        var second = Mrnet(command);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        foreach (var row in new[] { "a  U-Net", "b  + concatenation", "c  + EIM", "d  + EIM + MRM", "e  + EIM + MRM + MPM" })
            Assert.Contains(row, first.Output, StringComparison.Ordinal);
        Assert.Contains("Scored on the validation patients", first.Output, StringComparison.Ordinal);
        Assert.Contains("soft Dice on the validation patients", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("soft Dice on the validation patients", second.Error, StringComparison.Ordinal);
        Assert.Equal(first.Output, second.Output);
    }

    [Theory]
    [InlineData("table7", "1", "table7"), InlineData("table1", "1,x", "--seeds is '1,x'"), InlineData("table1", "2,2", "--seeds is '2,2'")]
    public void What_cannot_be_asked_is_said(string table, string seeds, string message)
    {
        var run = Mrnet("experiment", table, folder["set"], "--out", folder["out"], "--seeds", seeds);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    /// <summary>Two images in each part.</summary>
    private void DataSet(params string[] parts)
    {
        foreach (var part in parts)
            for (var i = 0; i < 2; i++)
            {
                var name = $"{part}{i}".ToLowerInvariant();
                Picture($"{part}/images/{name}", 18 + i, inside: 200, outside: 30);
                Picture($"{part}/anna/{name}", 14 + i, inside: 255, outside: 0);
                Picture($"{part}/ben/{name}", 22 + i, inside: 255, outside: 0);
            }
    }

    /// <summary>A square in the middle.</summary>
    private void Picture(string name, int side, byte inside, byte outside)
    {
        byte[] pixels = [.. Enumerable.Range(0, Size * Size).Select(i => Math.Abs(i % Size - 15.5) < side / 2.0 && Math.Abs(i / Size - 15.5) < side / 2.0 ? inside : outside)];
        Directory.CreateDirectory(Path.GetDirectoryName(folder[$"set/{name}"])!);
        PictureWriter.Write(folder[$"set/{name}.png"], Size, Size, pixels);
    }
}
