using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class OverlapTests
{
    [Fact]
    public void By_hand()
    {
        byte[] a = [1, 1, 1, 0];
        byte[] b = [0, 1, 255, 1];

        Assert.Equal(4.0 / 6, Overlap.Dice(a, b));
        Assert.Equal(2.0 / 4, Overlap.Iou(a, b));
        Assert.Equal(1, Overlap.Dice(new byte[3], new byte[3]));
        Assert.Equal(0, Overlap.Iou(new byte[3], new byte[3], bothEmpty: 0));
        Assert.Throws<ArgumentException>(() => Overlap.Dice(new byte[3], new byte[4]));
    }

    [Theory]
    [InlineData(31), InlineData(33), InlineData(20_000), InlineData(20_011)]
    public void Counts_the_same_at_every_length(int length)
    {
        var (a, b) = (Some.Mask(length, every: 3), Some.Mask(length, every: 2));

        var tally = Overlap.Count(a, b);

        Assert.Equal((a.Count(v => v != 0), b.Count(v => v != 0), a.Zip(b).Count(v => v.First != 0 && v.Second != 0)), (tally.InA, tally.InB, tally.InBoth));
        Assert.Equal(1, Overlap.Dice(Some.Mask(length, every: 1), Some.Mask(length, every: 1)));
    }
}
