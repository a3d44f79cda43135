using CsCheck;

namespace MRNet.Imaging.Tests.Geometry;

public class RegionTests
{
    private static readonly Grid Grid = new(10, 20, 30) { SpacingMm = new(0.5, 1, 2), OriginLps = new(-20, 11, 5) };

    [Theory]
    [InlineData("box:1,2,3,4,5,6", 1, 2, 3, 4, 5, 6)]
    [InlineData(" BOX:0, 0, 0, 10, 20, 30", 0, 0, 0, 10, 20, 30)]
    [InlineData("at:5,5,5,3,3,1", 4, 4, 5, 3, 3, 1)]
    [InlineData("at:5,5,5,4,4,2", 4, 4, 5, 4, 4, 2)]
    [InlineData("boxmm:-20,11,5,-19,13,9", 0, 0, 0, 3, 3, 3)]
    [InlineData("boxmm:-19,13,9,-20,11,5", 0, 0, 0, 3, 3, 3)]
    [InlineData("boxmm:-19.8,11,5,-18.7,13,9", 0, 0, 0, 4, 3, 3)]
    [InlineData("atmm:-18,21,25,1,3,6", 4, 9, 9, 2, 3, 3)]
    public void Each_form_names_voxels(string text, int x, int y, int z, int columns, int rows, int slices) =>
        Assert.Equal(new VoxelBox(x, y, z, columns, rows, slices), Region.Parse(text).On(Grid));

    [Theory]
    [InlineData("box:1,2,3", "expected box:")]
    [InlineData("1,2,3,4,5,6", "expected box:")]
    [InlineData("ball:1,2,3,4,5,6", "starts with 'ball'")]
    [InlineData("box:1,2,3,4,5,x", "holds 'x'")]
    [InlineData("box:1,2,3,4,5,NaN", "holds 'NaN'")]
    public void Another_form_is_refused(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidImageException>(() => Region.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("box:8,0,0,4,1,1", "voxels 8..11 x 0..0 x 0..0; the image has 0..9 x 0..19 x 0..29")]
    [InlineData("box:-1,0,0,4,1,1", "voxels -1..2")]
    [InlineData("box:0,0,0,0,1,1", "the image has")]
    [InlineData("box:1e300,0,0,1,1,1", "expected a number of voxels")]
    public void Outside_the_image_is_refused_with_both_sizes(string text, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidImageException>(() => Region.Parse(text).On(Grid)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_photograph_has_no_millimetres()
    {
        var error = Assert.Throws<InvalidImageException>(() => Region.Parse("atmm:1,1,0,3,3,1").On(Grid.OfPixels(10, 10)));

        Assert.Contains("give it in pixels", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Corners_in_millimetres_find_their_voxels_on_any_grid() => Some.AnyGrid.Sample(grid =>
    {
        var region = Region.BetweenMm(grid.ToPatient(grid.Columns - 1, 0, grid.Slices - 1), grid.ToPatient(0, grid.Rows - 1, 0));

        Assert.Equal(grid.Whole, region.On(grid));
    });

    [Fact]
    public void A_point_in_millimetres_keeps_its_size_on_an_oblique_grid()
    {
        var grid = Some.ObliqueGrid(40, 40, 20);
        var centre = grid.ToPatient(20, 15, 10);

        var box = Region.AroundMm(centre, new(5.5, 5.25, 7.5)).On(grid);

        Assert.Equal(new VoxelBox(15, 12, 9, 11, 7, 3), box);
    }
}
