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
}
