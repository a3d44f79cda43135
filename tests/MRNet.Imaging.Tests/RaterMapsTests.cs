namespace MRNet.Imaging.Tests;

public class RaterMapsTests
{
    [Fact]
    public void A_slice_of_the_box_lies_in_the_whole_slice()
    {
        var maps = new RaterMaps(new Grid(4, 3, 5), new VoxelBox(1, 1, 2, 2, 2, 2), ["nodule"], ["a"]);
        var whole = new byte[12];

        var inside = maps.CopySlice<byte>((byte[])[1, 2, 3, 4, 5, 6, 7, 8], slice: 3, whole);

        Assert.True(inside);
        Assert.Equal([0, 0, 0, 0, 0, 5, 6, 0, 0, 7, 8, 0], whole);
    }

    [Theory]
    [InlineData(1), InlineData(4)]
    public void A_slice_beside_the_box_is_empty(int slice)
    {
        var maps = new RaterMaps(new Grid(4, 3, 5), new VoxelBox(1, 1, 2, 2, 2, 2), ["nodule"], ["a"]);
        byte[] whole = [.. Enumerable.Repeat((byte)9, 12)];

        Assert.False(maps.CopySlice<byte>(new byte[8], slice, whole));
        Assert.All(whole, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_box_outside_the_grid_is_our_own_mistake() =>
        Assert.Throws<ArgumentException>(() => new RaterMaps(new Grid(4, 3, 5), new VoxelBox(3, 0, 0, 2, 1, 1), ["nodule"], ["a"]));
}
