using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public class MasksTests
{
    [Theory]
    [InlineData(0), InlineData(7), InlineData(64), InlineData(1003)]
    public void Every_voxel_at_or_above_the_threshold_is_inside_whatever_the_length(int length)
    {
        float[] map = [.. Enumerable.Range(0, length).Select(i => i % 5 == 3 ? float.NaN : i % 11 / 10f)];
        var inside = map.Select(value => value >= 0.5f ? (byte)1 : (byte)0).ToArray();

        Assert.Equal(inside, Masks.AtLeast(map, 0.5));
        Assert.Equal(inside.Sum(value => value), Masks.Count(map, 0.5));
    }

    [Fact]
    public void Keeps_the_largest_part_that_hangs_together_within_and_across_slices()
    {
        byte[] mask =
        [
            1, 1, 0, 1, // three in the first slice ...
            1, 0, 0, 1,
            0, 0, 0, 1, // ... and four in the column at the right of both
            0, 0, 0, 1,
        ];

        Masks.KeepLargest(mask, new VoxelBox(0, 0, 0, 4, 2, 2));

        Assert.Equal([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], mask);
    }

    [Fact]
    public void Parts_that_touch_at_a_corner_or_over_the_edge_of_a_row_are_two()
    {
        byte[] mask = [0, 1, 1, 0, 0, 1]; // rows of two: 0 1 | 1 0 | 0 1

        Masks.KeepLargest(mask, new VoxelBox(0, 0, 0, 2, 3, 1));

        Assert.Equal([0, 1, 0, 0, 0, 0], mask);
    }

    [Fact]
    public void An_empty_mask_stays_empty()
    {
        var mask = new byte[8];

        Masks.KeepLargest(mask, new VoxelBox(0, 0, 0, 2, 2, 2));

        Assert.Equal(new byte[8], mask);
    }
}
