using CsCheck;

namespace MRNet.Imaging.Tests.Geometry;

public class ResamplingTests
{
    [Fact]
    public void The_same_size_changes_nothing()
    {
        var image = Noise(7, 5);

        Assert.Equal(image, Resampled(image, 7, 5, 7, 5));
    }

    [Fact]
    public void A_constant_stays() => Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40], Gen.Int[1, 40]).Sample((w, h, columns, rows) =>
        Assert.All(Resampled([.. Enumerable.Repeat(3f, w * h)], w, h, columns, rows), value => Assert.Equal(3f, value, 1e-5f)));

    [Fact]
    public void A_ramp_shrinks_to_the_same_ramp() => Gen.Select(Gen.Int[1, 60], Gen.Int[1, 60]).Where((from, to) => to <= from).Sample((from, to) =>
    {
        var small = Resampled([.. Enumerable.Range(0, from).Select(x => (float)x)], from, 1, to, 1);

        for (var x = 0; x < to; x++)
            Assert.Equal((x + 0.5) * from / to - 0.5, small[x], 1e-4);
    });

    [Fact]
    public void A_ramp_grows_to_the_same_ramp_away_from_the_border()
    {
        var large = Resampled([.. Enumerable.Range(0, 10).Select(x => (float)x)], 10, 1, 37, 1);

        for (var x = 2; x < 35; x++)
            Assert.Equal((x + 0.5) * 10 / 37 - 0.5, large[x], 1e-4);
    }

    [Fact]
    public void Growing_mixes_the_two_nearest_pixels() => Gen.Select(Gen.Int[1, 70], Gen.Int[1, 90]).Where((from, to) => to >= from).Sample((from, to) =>
    {
        var row = Noise(from, 1);

        var grown = Resampled(row, from, 1, to, 1);

        for (var x = 0; x < to; x++)
        {
            var at = Math.Clamp((x + 0.5) * from / to - 0.5, 0, from - 1);
            var (left, share) = ((int)at, at - (int)at);
            Assert.Equal(row[left] * (1 - share) + row[Math.Min(left + 1, from - 1)] * share, grown[x], 1e-4);
        }
    });

    [Fact]
    public void Half_the_size_is_the_mean_of_four() =>
        Assert.Equal([2.5f, 4.5f], Resampled([0, 1, 2, 3, 4, 5, 6, 7], 4, 2, 2, 1));

    [Fact]
    public void There_and_back_a_smooth_image_lies_where_it_was()
    {
        const int w = 48, h = 40;
        float[] blob = [.. Enumerable.Range(0, w * h).Select(i => MathF.Exp(-(Square(i % w - 20.3f) + Square(i / w - 17.8f)) / 80))];

        var there = new Resampling(w, h, 64, 64);
        var (large, back) = (new float[64 * 64], new float[w * h]);
        there.Apply(blob, large);
        there.Inverse().Apply(large, back);

        for (var i = 0; i < blob.Length; i++)
            Assert.Equal(blob[i], back[i], 0.02f);
        Assert.Equal(CentreOf(blob, w).X, CentreOf(back, w).X, 0.01);
        Assert.Equal(CentreOf(blob, w).Y, CentreOf(back, w).Y, 0.01);
    }

    [Fact]
    public void Takes_and_puts_only_the_box()
    {
        var grid = new Grid(6, 5, 1);
        var slice = Noise(6, 5);
        var box = new VoxelBox(2, 1, 0, 3, 2, 1);
        var same = new Resampling(3, 2, 3, 2);
        var part = new float[6];

        same.Take(slice, grid, box, part);
        Assert.Equal([.. slice[8..11], .. slice[14..17]], part);

        var whole = new float[30];
        same.Put(part, whole, grid, box);
        Assert.Equal(part.Sum(), whole.Sum(), 1e-5f);
        Assert.Equal(slice[15], whole[15]);
    }

    private static float[] Resampled(float[] image, int w, int h, int columns, int rows)
    {
        var target = new float[columns * rows];
        new Resampling(w, h, columns, rows).Apply(image, target);
        return target;
    }

    private static float[] Noise(int w, int h)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, w * h).Select(_ => random.NextSingle())];
    }

    private static float Square(float x) => x * x;

    private static (double X, double Y) CentreOf(float[] image, int w)
    {
        var sum = image.Sum(value => (double)value);
        return (image.Select((value, i) => value * (double)(i % w)).Sum() / sum, image.Select((value, i) => value * (double)(i / w)).Sum() / sum);
    }
}
