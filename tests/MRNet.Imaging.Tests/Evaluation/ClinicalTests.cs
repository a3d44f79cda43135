using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class ClinicalTests
{
    [Fact]
    public void Volume_stands_beside_the_raters()
    {
        var volume = StructureVolume.Of([1, 1, 0, 0], [[1, 1, 1, 0], null, [1, 0, 0, 0]], voxelMm3: 500);

        Assert.Equal(1, volume.Predicted);
        Assert.Equal([1.5, null, 0.5], volume.Raters);
        Assert.Equal((0.5, 1, 1.5, true), (volume.RatersLeast, volume.RatersMean, volume.RatersMost, volume.IsWithinRaters));
    }

    [Fact]
    public void A_photograph_is_measured_in_pixels() => Assert.Equal(3, StructureVolume.Of([1, 1, 1], [[0, 0, 1]], voxelMm3: null).Predicted);

    [Fact]
    public void Cup_to_disc_by_hand()
    {
        byte[] disc =
        [
            0, 1, 1, 0,
            1, 1, 1, 1,
            1, 1, 1, 1,
            0, 1, 1, 0,
        ];
        byte[] cup =
        [
            0, 0, 0, 0,
            0, 1, 1, 0,
            0, 1, 0, 0,
            0, 0, 0, 0,
        ];

        var ratio = CupToDisc.Of(cup, disc, columns: 4, rowMm: 0.4);

        Assert.Equal((0.5, 3.0 / 12), (ratio.Vertical, ratio.Area));
        Assert.Equal((0.8, 1.6), (ratio.CupHeightMm!.Value, ratio.DiscHeightMm!.Value));
    }

    [Fact]
    public void A_disc_drawn_as_a_rim_is_filled_by_its_cup() =>
        Assert.Equal((1.0 / 3, 1.0 / 3), CupToDisc.Of([0, 1, 0], [1, 0, 1], columns: 1) is var ratio ? (ratio.Vertical, ratio.Area) : default);

    [Fact]
    public void Without_a_disc_there_is_no_ratio() => Assert.Equal(new(null, null, null, null), CupToDisc.Of([0, 0], [0, 0], columns: 1));

    [Fact]
    public void Ratios_range_over_the_raters_who_graded_both()
    {
        var range = CupToDiscRange.Of([0, 1, 0, 0], [1, 1, 1, 1], [[1, 0, 0, 0], null, [1, 1, 1, 0]], [[1, 1, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]], columns: 1);

        Assert.Equal(0.25, range.Predicted.Vertical);
        Assert.Equal((0.5, 0.75), range.Vertical);
        Assert.Equal((0.5, 0.75), range.Area);
    }

    [Fact]
    public void Refuses_sizes_that_do_not_fit() => Assert.Throws<ArgumentException>(() => CupToDisc.Of(new byte[5], new byte[5], columns: 2));
}
