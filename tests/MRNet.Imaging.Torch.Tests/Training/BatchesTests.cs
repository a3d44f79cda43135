using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class BatchesTests
{
    [Theory]
    [InlineData(8, 1, 8), InlineData(9, 1, 8), InlineData(10, 2, 10), InlineData(17, 2, 16), InlineData(3, 1, 3)]
    public void A_last_batch_of_one_is_left_out(int slices, int steps, int seen)
    {
        var batches = new Batches(Some.Discs(slices), new() { BatchSize = 8 });

        var sizes = batches.Epoch(0).Select(Size).ToArray();

        Assert.Equal(steps, batches.StepsPerEpoch);
        Assert.Equal(steps, sizes.Length);
        Assert.Equal(seen, sizes.Sum());
    }

    [Fact]
    public void An_epoch_sees_each_picture_as_often_as_asked()
    {
        var batches = new Batches(Some.Discs(3), new() { BatchSize = 4, Views = 4 });

        var sizes = batches.Epoch(0).Select(Size).ToArray();

        Assert.Equal(3, batches.StepsPerEpoch);
        Assert.Equal([4, 4, 4], sizes);
    }

    [Fact]
    public void In_order_all_pictures_come_even_a_last_one()
    {
        var data = Some.Discs(9);

        var all = new Batches(data, new() { BatchSize = 8 }).InOrder().ToArray();

        Assert.Equal([8, 1], all.Select(part => Size(part.Batch)));
        Assert.Equal(data.Slices, all.SelectMany(part => part.Slices));
    }

    [Fact]
    public void An_epoch_comes_out_the_same_twice_and_the_next_one_otherwise()
    {
        var batches = new Batches(Some.Discs(8), new());

        Assert.Equal(Numbers(batches, epoch: 3), Numbers(batches, epoch: 3));
        Assert.NotEqual(Numbers(batches, epoch: 3), Numbers(batches, epoch: 4));
        Assert.NotEqual(Numbers(batches, epoch: 3), Numbers(new(Some.Discs(8), new() { Seed = 2 }), epoch: 3));
    }

    [Fact]
    public void Without_variation_a_picture_is_itself()
    {
        using var scope = NewDisposeScope();
        var data = Threshold(1, columns: 64, rows: 32);
        data = data with { Slices = [data.Slices[0], data.Slices[0]] };

        var batch = new Batches(data, new() { Augmentation = Augmentation.None }).Epoch(0).Single();

        Assert.Equal([2, 1, 32, 64], batch.Images.shape);
        Assert.Equal([2, 1, 1, 32, 64], batch.Masks.shape);
        Assert.Equal(data.Slices[0].Grey().Select(value => (value / 255f - 0.25f) / 0.25f), batch.Images[0].data<float>().ToArray());
        Assert.Equal(data.Slices[0].Mask(0).Select(value => (float)value), batch.Masks[0].data<float>().ToArray());
    }

    [Fact]
    public void However_a_picture_is_turned_its_masks_turn_with_it()
    {
        using var scope = NewDisposeScope();
        var looks = new HashSet<string>();
        for (var epoch = 0; epoch < 12; epoch++)
            foreach (var batch in new Batches(Threshold(8, columns: 48, rows: 40), new() { Window = 32 }).Epoch(epoch))
                for (var b = 0; b < 8; b++)
                {
                    var (image, mask) = (batch.Images[b, 0], batch.Masks[b, 0, 0].to(ScalarType.Bool));

                    // Contrast changes keep the order of grey values: every marked pixel is brighter than every other one.
                    Assert.True(image.masked_select(mask).min().item<float>() > image.masked_select(mask.logical_not()).max().item<float>());
                    looks.Add(Convert.ToHexString(mask.contiguous().bytes));
                }

        Assert.Equal(96, looks.Count);
    }

    [Fact]
    public void Windows_reach_every_corner_and_all_eight_turns_occur()
    {
        using var scope = NewDisposeScope();
        var picture = new byte[33 * 33];
        for (var i = 0; i < picture.Length; i++)
            picture[i] = (byte)(i % 33 * 3 + i / 33 * 4); // no two turns alike
        var data = Some.Slices(33, 33, 1, [.. Enumerable.Range(0, 2).Select(i => Some.Slice($"{i}", "", 33, picture, new byte[33 * 33]))]);

        var corners = new HashSet<(bool, bool, bool)>();
        for (var epoch = 0; epoch < 60; epoch++)
        {
            var image = new Batches(data, new() { Window = 32 }).Epoch(epoch).Single().Images[0, 0];
            float At(int y, int x) => image[y, x].item<float>();
            corners.Add((At(0, 31) > At(0, 0), At(31, 0) > At(0, 0), Math.Abs(At(0, 31) - At(0, 0)) > Math.Abs(At(31, 0) - At(0, 0))));
        }

        Assert.Equal(8, corners.Count);
    }

    /// <summary>A recipe that was trained with must stay what it was: the same seed, order, windows, turns and contrast.</summary>
    [Fact]
    public void What_an_epoch_draws_is_what_it_ever_drew()
    {
        using var scope = NewDisposeScope();
        var data = Threshold(5, columns: 48, rows: 40);
        var random = new Random(3 * 7919 + 2);
        int[] order = [0, 1, 2, 3, 4];
        random.Shuffle(order);

        var batch = new Batches(data, new() { Seed = 3, BatchSize = 4, Window = 32 }).Epoch(2).First();

        for (var b = 0; b < 4; b++)
        {
            var (x, y) = (random.Next(48 - 32 + 1), random.Next(40 - 32 + 1));
            var (mirrorX, mirrorY, transpose, gamma) = (random.Next(2) == 1, random.Next(2) == 1, random.Next(2) == 1, MathF.Exp((random.NextSingle() - 0.5f) * 0.6f));
            var grey = data.Slices[order[b]].Grey();
            var wanted = Enumerable.Range(0, 32 * 32).Select(i =>
            {
                var (dx, dy) = transpose ? (i / 32, i % 32) : (i % 32, i / 32);
                var value = grey[(y + (mirrorY ? 31 - dy : dy)) * 48 + x + (mirrorX ? 31 - dx : dx)];
                return (MathF.Pow(value / 255f, gamma) - 0.25f) / 0.25f;
            });
            Assert.Equal(wanted, batch.Images[b].contiguous().data<float>().ToArray());
        }
    }

    private static int Size(Batch batch)
    {
        using (batch)
            return (int)batch.Images.size(0);
    }

    private static float[] Numbers(Batches batches, int epoch)
    {
        using var scope = NewDisposeScope();
        return [.. batches.Epoch(epoch).SelectMany(batch => batch.Images.data<float>().ToArray())];
    }

    /// <summary>Noise whose one rater marks what is brighter than half.</summary>
    private static TrainingSlices Threshold(int slices, int columns, int rows)
    {
        var random = new Random(5);
        return Some.Slices(rows, columns, 1, [.. Enumerable.Range(0, slices).Select(i =>
        {
            var image = new byte[rows * columns];
            random.NextBytes(image);
            return Some.Slice($"p{i}", $"{i}", columns, image, [.. image.Select(value => (byte)(value >= 128 ? 1 : 0))]);
        })]);
    }
}
