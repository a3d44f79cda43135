using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Tests.Pictures;

public class UncertaintyOverlayTests
{
    private const int Side = 7;

    [Fact]
    public void Contour_over_heat_over_the_image()
    {
        var volume = new Volume(new Grid(Side, Side, 1), [.. Enumerable.Repeat(0f, Side * Side)]) { Modality = "CT" }; // 0 HU: soft tissue, 40 % grey
        var maps = new RaterMaps(volume.Grid, volume.Grid.Whole, ["S"], ["R1"]);
        maps.Uncertainty[0][At(0, 0)] = 0.5f;
        var mask = new byte[Side * Side];
        for (var y = 2; y < 5; y++)
            for (var x = 2; x < 5; x++)
                mask[At(x, y)] = 1;
        maps.Uncertainty[0][At(3, 3)] = 0.25f;
        var rgb = new byte[Side * Side * 3];

        new UncertaintyOverlay(volume, Result(maps, mask)).Paint(0, rgb);

        Assert.Equal((102, 102, 102), Pixel(rgb, 6, 6));
        Assert.Equal((0, 255, 16), Pixel(rgb, 2, 3));
        Assert.True(Pixel(rgb, 0, 0) is ( > 200, > 200, < 150), "the largest doubt is yellow");
        Assert.True(Pixel(rgb, 3, 3) is ( > 180, < 110, < 80), "half of it is orange, also inside of the contour");
    }

    [Fact]
    public void A_photograph_keeps_its_colours()
    {
        float[] samples = [.. Enumerable.Repeat(200f, Side * Side), .. Enumerable.Repeat(100f, Side * Side), .. Enumerable.Repeat(50f, Side * Side)];
        var volume = new Volume(Grid.OfPixels(Side, Side), samples, channels: 3);
        var rgb = new byte[Side * Side * 3];

        new UncertaintyOverlay(volume, Result(new RaterMaps(volume.Grid, volume.Grid.Whole, ["S"], []), new byte[Side * Side])).Paint(0, rgb);

        Assert.Equal((200, 100, 50), Pixel(rgb, 3, 4));
    }

    private static SegmentationResult Result(RaterMaps maps, byte[] mask) => new()
    {
        Maps = maps,
        Structures = [new() { Label = "S", Category = new("1", "99X", "c"), Type = new("2", "99X", "t"), Color = 0x00FF10 }],
        Masks = [mask],
        Measurements = [],
        Provenance = Dicom.SomeSeries.Provenance(),
    };

    private static int At(int x, int y) => y * Side + x;

    private static (int, int, int) Pixel(byte[] rgb, int x, int y) => (rgb[At(x, y) * 3], rgb[At(x, y) * 3 + 1], rgb[At(x, y) * 3 + 2]);
}
