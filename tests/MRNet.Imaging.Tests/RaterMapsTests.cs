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

    [Fact]
    public async Task Who_reads_a_slice_that_is_being_computed_waits_for_it()
    {
        var maps = new RaterMaps(new Grid(2, 1, 3), new VoxelBox(0, 0, 1, 2, 1, 2), ["nodule"], ["a"]) { Arrivals = new(2) };
        var map = new float[4];
        var slice = new float[2];

        var reading = Task.Run(() => maps.CopySlice<float>(map, slice: 2, slice));
        maps.Arrivals.Arrive(0);
        Assert.True(maps.CopySlice<float>(map, slice: 1, new float[2]));
        Assert.False(reading.IsCompleted);
        (map[2], map[3]) = (5, 6);
        maps.Arrivals.Arrive(1);

        Assert.True(await reading);
        Assert.Equal([5, 6], slice);
    }

    [Fact]
    public async Task Who_waits_for_a_slice_that_never_comes_is_told_so()
    {
        var maps = new RaterMaps(new Grid(2, 1, 2), new VoxelBox(0, 0, 0, 2, 1, 2), ["nodule"], ["a"]) { Arrivals = new(2) };
        var reading = Task.Run(() => maps.CopySlice<float>(new float[4], slice: 1, new float[2]));

        maps.Arrivals.Arrive(0);
        maps.Arrivals.Close();

        await Assert.ThrowsAsync<OperationCanceledException>(() => reading);
        Assert.True(maps.CopySlice<float>(new float[4], slice: 0, new float[2]));
    }
}
