using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class SlicePreparerTests
{
    [Fact]
    public void Values_are_cut_to_the_range_and_normalised()
    {
        float[] found = Look([-2000, -1000, -300, 400, 3000], IntensityRange.Values, low: -1000, high: 400, mean: 0.25f, deviation: 0.5f);

        Assert.Equal([-0.5f, -0.5f, 0.5f, 1.5f, 1.5f], found.Select(Rounded));
    }

    [Fact]
    public void Percentiles_of_the_slice_are_of_what_the_network_sees()
    {
        float[] values = [.. Enumerable.Range(0, 11).Select(i => i * 10f)]; // percentiles 10 and 90 are 10 and 90

        Assert.Equal(
            [0, 0, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f, 1, 1],
            Look(values, IntensityRange.SlicePercentiles, low: 10, high: 90).Select(Rounded));
    }

    [Fact]
    public void Percentiles_of_the_volume_are_the_same_for_every_slice()
    {
        var volume = new Volume(new(2, 1, 2), [0, 10, 20, 40]);
        var preparer = new SlicePreparer(volume, Preparation(IntensityRange.VolumePercentiles, 0, 100));

        Assert.Equal([0, 0.25f], Fill(preparer, volume, slice: 0).Select(Rounded));
        Assert.Equal([0.5f, 1], Fill(preparer, volume, slice: 1).Select(Rounded));
    }

    [Fact]
    public void Each_channel_has_its_own_range_mean_and_deviation()
    {
        var volume = new Volume(new(2, 1, 1), [0, 10, 100, 300], channels: 2);
        var preparer = new SlicePreparer(volume, Preparation(IntensityRange.SlicePercentiles, 0, 100) with { Mean = [0, 1], Deviation = [1, 2] });

        Assert.Equal([0, 1, -0.5f, 0], Fill(preparer, volume, slice: 0).Select(Rounded));
    }

    [Theory]
    [InlineData(IntensityRange.SlicePercentiles), InlineData(IntensityRange.VolumePercentiles)]
    public void A_flat_picture_is_0(IntensityRange range) => Assert.Equal([0, 0, 0], Look([7, 7, 7], range, low: 1, high: 99));

    [Theory]
    [InlineData(IntensityRange.Values, 0, 40), InlineData(IntensityRange.SlicePercentiles, 0, 100), InlineData(IntensityRange.VolumePercentiles, 1, 99)]
    public void A_voxel_that_is_not_a_number_is_0_and_the_others_are_as_without_it(IntensityRange range, double low, double high) =>
        Assert.Equal([0, 0, 0.5f, 1], Look([float.NaN, 0, 20, 40], range, low, high).Select(Rounded));

    [Fact]
    public void Beyond_the_border_stands_the_slice_s_lowest_value()
    {
        var volume = new Volume(new(2, 2, 1), [-5, 10, 20, 30]);
        var preparer = new SlicePreparer(volume, Preparation(IntensityRange.Values, -10, 30));
        var input = new float[16];

        preparer.Fill(0, new Window(-1, 0, 4), input);

        const float air = 0.125f;
        Assert.Equal(
            [
                air, air, 0.5f, air,
                air, 0.75f, 1, air,
                air, air, air, air,
                air, air, air, air,
            ], input.Select(Rounded));
    }

    [Fact]
    public void A_window_is_cut_where_it_lies()
    {
        var volume = Some.Volume(40, 50, slices: 3);
        var preparer = new SlicePreparer(volume, Preparation(IntensityRange.Values, 0, 255));
        var input = new float[32 * 32];

        preparer.Fill(2, new Window(3, 17, 32), input);

        for (var y = 0; y < 32; y++)
            for (var x = 0; x < 32; x++)
                Assert.Equal(volume.Slice(2)[(17 + y) * 40 + 3 + x] / 255, input[y * 32 + x], 1e-5);
    }

    private static float[] Look(float[] values, IntensityRange range, double low, double high, float mean = 0, float deviation = 1)
    {
        var volume = new Volume(new(values.Length, 1, 1), values);
        return Fill(new(volume, Preparation(range, low, high) with { Mean = [mean], Deviation = [deviation] }), volume, slice: 0);
    }

    private static float[] Fill(SlicePreparer preparer, Volume volume, int slice)
    {
        var (columns, rows) = (volume.Grid.Columns, volume.Grid.Rows);
        var input = new float[volume.Channels * columns * rows];
        preparer.Fill(slice, volume.Grid.Whole, new Resampling(columns, rows, columns, rows), input);
        return input;
    }

    private static Preparation Preparation(IntensityRange range, double low, double high) =>
        Some.Preparation() with { Range = range, Low = low, High = high, Mean = [0], Deviation = [1] };

    private static float Rounded(float value) => MathF.Round(value, 5) + 0f; // no -0
}
