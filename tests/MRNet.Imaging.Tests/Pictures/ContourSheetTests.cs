using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Tests.Pictures;

public sealed class ContourSheetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_rater_has_a_contour_of_the_own_colour_and_empty_rows_are_cut_off()
    {
        var grid = Grid.OfPixels(40, 40);
        byte[] Square(int side) => [.. Enumerable.Range(0, 1600).Select(i => (byte)(i % 40 < side && i / 40 < side ? 1 : 0))];
        var sheet = new ContourSheet("title", ["a", "b", "c"], tiles: 12);

        sheet.Add(new("caption", new(grid, new float[1600]), 0, [[Square(30), null, Square(20)]]));
        sheet.Write(folder["sheet.png"]);

        var drawn = PictureReader.Read(folder["sheet.png"]);
        Assert.True(drawn.Grid.Rows < 500);
        var tile = (Top: drawn.Grid.Rows - 320, Bottom: drawn.Grid.Rows);
        Assert.True(Pixels(drawn, 0, tile) > 100);
        Assert.Equal(0, Pixels(drawn, 1, tile));
        Assert.True(Pixels(drawn, 2, tile) > 100);
    }

    [Fact]
    public void A_slice_without_contours_is_shown_whole()
    {
        var sheet = new ContourSheet("title", ["a"], tiles: 1);

        sheet.Add(new("caption", Some.Volume(Some.ObliqueGrid()), 2, [[null]]));

        Assert.Throws<InvalidOperationException>(() => sheet.Add(new("caption", Some.Volume(), 0, [])));
    }

    private static int Pixels(Volume picture, int rater, (int Top, int Bottom) rows)
    {
        var colour = ContactSheet.RaterColour(rater);
        var count = 0;
        for (var i = rows.Top * picture.Grid.Columns; i < rows.Bottom * picture.Grid.Columns; i++)
            count += (picture.Slice(0, 0)[i], picture.Slice(0, 1)[i], picture.Slice(0, 2)[i]) == (colour >> 16, colour >> 8 & 255, colour & 255) ? 1 : 0;
        return count;
    }
}
