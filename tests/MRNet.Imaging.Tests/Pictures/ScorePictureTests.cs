using MRNet.Imaging.Pictures;
using SkiaSharp;

namespace MRNet.Imaging.Tests.Pictures;

public class ScorePictureTests
{
    private static readonly Volume Image = Some.Volume(Grid.OfPixels(100, 80));
    private static readonly float[] Middle = [.. Enumerable.Range(0, 8000).Select(i => i % 100 is >= 40 and < 60 && i / 100 is >= 30 and < 50 ? 1f : 0)];

    [Fact]
    public void Shows_four_tiles_and_with_uncertainty_five()
    {
        using var four = SKBitmap.Decode(ScorePicture.Png(new(Image, 0, Middle, Middle), size: 96));
        using var five = SKBitmap.Decode(ScorePicture.Png(new(Image, 0, Middle, Middle) { Uncertainty = new float[8000] }, size: 96));

        Assert.Equal(4 * 100 - 4, four.Width);
        Assert.Equal(5 * 100 - 4, five.Width);
    }

    [Fact]
    public void Outlines_lie_where_the_masks_end()
    {
        // 48 x 48 pixels around the mark, each two pixels large; the prediction is drawn last
        using var picture = SKBitmap.Decode(ScorePicture.Png(new(Image, 0, new float[8000], Middle), size: 96));

        var (top, left) = (picture.Height - 96, 100);
        var pink = Enumerable.Range(0, 96 * 96).Where(i => picture.GetPixel(left + i % 96, top + i / 96) == new SKColor(0xf7, 0x25, 0x85)).ToArray();
        Assert.Equal((30, 69), (pink.Min(i => i % 96), pink.Max(i => i % 96)));
        Assert.Equal((30, 69), (pink.Min(i => i / 96), pink.Max(i => i / 96)));
        Assert.Equal(4 * 39, pink.Length);
    }

    [Fact]
    public void Shows_the_whole_slice_where_nobody_marks_anything()
    {
        using var picture = SKBitmap.Decode(ScorePicture.Png(new(Image, 0, new float[8000], new float[8000]), size: 100));

        Assert.Equal(4 * 104 - 4, picture.Width);
    }

    [Fact]
    public void Refuses_maps_of_another_size() => Assert.Throws<ArgumentException>(() => ScorePicture.Png(new(Image, 0, Middle, new float[7])));
}
