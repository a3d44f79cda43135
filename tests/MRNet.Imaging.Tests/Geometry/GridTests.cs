using CsCheck;

namespace MRNet.Imaging.Tests.Geometry;

public class GridTests
{
    [Fact]
    public void Voxels_go_to_the_patient_and_back() =>
        Gen.Select(Some.AnyGrid, Gen.Double[-100, 100], Gen.Double[-100, 100], Gen.Double[-100, 100]).Sample((grid, x, y, z) =>
        {
            var back = grid.ToVoxel(grid.ToPatient(x, y, z));

            Assert.InRange((back - new Vector3(x, y, z)).Length, 0, 1e-6);
        });

    [Fact]
    public void Any_orthogonal_grid_passes() => Some.AnyGrid.Sample(grid => Assert.Same(grid, grid.Checked()));

    [Fact]
    public void A_tilted_grid_is_refused_with_its_angle()
    {
        var tilted = Some.Grid() with { DirectionZ = new(0, Math.Sin(0.1745329), Math.Cos(0.1745329)) };

        var error = Assert.Throws<UnsupportedImageException>(() => tilted.Checked());

        Assert.Contains("10 degrees from right angles", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_spacing_of_nothing_is_refused()
    {
        var flat = Some.Grid() with { SpacingMm = new(1, 0, 1) };

        var error = Assert.Throws<InvalidImageException>(() => flat.Checked());

        Assert.Contains("1 x 0 x 1 mm", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, 0, 'L'), InlineData(-1, 0.2, 0, 'R'), InlineData(0, 1, 0.9, 'P'), InlineData(0, -1, 0, 'A'), InlineData(0, 0, 1, 'H'), InlineData(0.5, 0, -1, 'F')]
    public void Directions_have_letters(double x, double y, double z, char letter) => Assert.Equal(letter, Anatomy.Letter(new(x, y, z)));
}
