using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class MeasuringTests
{
    private static readonly Grid Millimetres = new(4, 1, 1) { SpacingMm = new(5, 10, 20) }; // 1 mL a voxel

    [Fact]
    public void Counts_voxels_and_volumes()
    {
        var found = Measure(Millimetres);

        Assert.Equal(("Nodule", 2, 2.0), (found.Label, found.Voxels, found.VolumeMl));
        Assert.Equal([1, 3], found.RaterVolumesMl);
    }

    [Fact]
    public void Uncertainty_is_averaged_where_the_structure_is_possible()
    {
        var found = Measure(Millimetres);

        Assert.Equal((0.1 + 0.2 + 0.3) / 3, found.MeanUncertainty!.Value, 1e-6); // the last voxel: nobody says so much as 0.05
        Assert.Equal(0.4, found.MaxUncertainty!.Value, 1e-6);
    }

    [Fact]
    public void A_photograph_has_pixels_and_no_volume()
    {
        var found = Measure(Grid.OfPixels(4, 1));

        Assert.Null(found.VolumeMl);
        Assert.Equal(2, found.Voxels);
        Assert.Equal([1, 3], found.RaterVolumesMl);
    }

    [Fact]
    public void Where_nothing_is_possible_there_is_no_uncertainty()
    {
        var maps = new RaterMaps(Millimetres, Millimetres.Whole, ["Nodule"], ["A"]);

        var found = Measuring.Of(maps, 0, new byte[4], 0.5);

        Assert.Equal((0, 0.0, 0.0), (found.Voxels, found.MeanUncertainty, found.MaxUncertainty));
    }

    [Fact]
    public void A_voxel_at_the_threshold_is_inside() => Assert.Equal([0, 1, 1], Masks.AtLeast([0.69f, 0.7f, 0.71f], 0.7));

    private static Measurement Measure(Grid grid)
    {
        var maps = new RaterMaps(grid, grid.Whole, ["Nodule"], ["A", "B"]);
        Put([0.9f, 0.5f, 0.04f, 0], maps.Probability[0]);
        Put([0.1f, 0.2f, 0.3f, 0.4f], maps.Uncertainty[0]);
        Put([0.6f, 0.4f, 0.05f, 0], maps.RaterProbability[0][0]);
        Put([0.9f, 0.5f, 0.5f, 0.04f], maps.RaterProbability[1][0]);
        return Measuring.Of(maps, 0, Masks.AtLeast(maps.Probability[0], 0.5), 0.5);
    }

    private static void Put(float[] values, float[] map) => values.CopyTo(map, 0);
}
