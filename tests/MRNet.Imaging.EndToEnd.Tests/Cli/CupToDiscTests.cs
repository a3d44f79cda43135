using System.Text.Json.Nodes;
using BitMiracle.LibTiff.Classic;
using MRNet.Imaging.Nifti;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>RIGA as it is passed on (a table, TIFF, two raters) to the cup-to-disc ratio in the report; rectangles, that the ratios are known.</summary>
public sealed class CupToDiscTests : IDisposable
{
    private const int Size = 40;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_report_has_the_ratio_beside_the_range_of_the_raters()
    {
        Tiff("eye.tif", (x, y) => 90, colour: true);
        Tiff("eye-1.tif", (x, y) => Value(x, y, disc: 20, cup: 10));
        Tiff("eye-2.tif", (x, y) => Value(x, y, disc: 20, cup: 12));
        File.WriteAllText(folder["riga/Glaucoma_multirater_val.csv"], "imgName,maskName,rater\neye.tif,eye-1.tif,1\neye.tif,eye-2.tif,2\n");
        Map("task01", 20);
        Map("task02", 16);

        var run = Mrnet("evaluate", folder["riga"], "--predictions", folder["maps"], "--report", folder["report"], "--json");
        var ratio = JsonNode.Parse(run.Output)!["cupToDisc"]![0]!;

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("eye", (string)ratio["case"]!);
        Assert.Equal((0.8, 0.5, 0.6), Numbers(ratio["vertical"]!));
        Assert.Equal((0.64, 0.25, 0.36), Numbers(ratio["area"]!));
        Assert.Contains("Cup-to-disc ratio", File.ReadAllText(folder["report/report.html"]), StringComparison.Ordinal);
    }

    private static (double Predicted, double Least, double Most) Numbers(JsonNode ratio) => ((double)ratio["predicted"]!, (double)ratio["ratersLeast"]!, (double)ratio["ratersMost"]!);

    /// <summary>Squares around the middle.</summary>
    private static byte Value(int x, int y, int disc, int cup) => Inside(x, y, cup) ? (byte)255 : Inside(x, y, disc) ? (byte)128 : (byte)0;

    private static bool Inside(int x, int y, int side) => Math.Max(Math.Abs(x - Size / 2 + 0.5), Math.Abs(y - Size / 2 + 0.5)) < side / 2.0;

    private void Map(string task, int side)
    {
        Directory.CreateDirectory(folder["maps/eye"]);
        NiftiWriter.Write<float>(folder[$"maps/eye/{task}.nii.gz"], Grid.OfPixels(Size, Size), [.. Enumerable.Range(0, Size * Size).Select(i => Inside(i % Size, i / Size, side) ? 0.9f : 0.1f)]);
    }

    private void Tiff(string name, Func<int, int, byte> value, bool colour = false)
    {
        Directory.CreateDirectory(folder["riga"]);
        using var tiff = BitMiracle.LibTiff.Classic.Tiff.Open(folder["riga/" + name], "w");
        foreach (var (tag, number) in new[] { (TiffTag.IMAGEWIDTH, Size), (TiffTag.IMAGELENGTH, Size), (TiffTag.BITSPERSAMPLE, 8), (TiffTag.SAMPLESPERPIXEL, colour ? 3 : 1), (TiffTag.ROWSPERSTRIP, 8) })
            tiff.SetField(tag, number);
        tiff.SetField(TiffTag.PHOTOMETRIC, colour ? Photometric.RGB : Photometric.MINISBLACK);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.COMPRESSION, Compression.LZW);
        for (var y = 0; y < Size; y++)
            tiff.WriteScanline([.. Enumerable.Range(0, Size).SelectMany(x => Enumerable.Repeat(value(x, y), colour ? 3 : 1))], y);
    }
}
