using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class RaterVotesTests
{
    [Fact]
    public void A_missing_rater_keeps_the_slot_and_has_no_vote()
    {
        var votes = RaterVotes.Of([[1, 1], null, [0, 1], [0, 0]]);

        Assert.Equal((4, 3), (votes.Slots, votes.Raters));
        Assert.Equal([0, 2, 3], votes.Present);
        Assert.Equal([1, 2], votes.Count());
        Assert.Equal([1f / 3, 2f / 3], RaterFusion.Mean(votes));
    }

    [Theory]
    [InlineData(1), InlineData(31), InlineData(1000)]
    public void Counts_every_voxel_of_sixteen_raters(int length)
    {
        byte[][] masks = [.. Enumerable.Range(1, 16).Select(every => Some.Mask(length, every))];

        var votes = RaterVotes.Of(masks);

        Assert.Equal(Enumerable.Range(0, length).Select(i => (byte)masks.Count(mask => mask[i] != 0)), votes.Count());
        Assert.Equal(length, votes.Combinations.Sum(combination => combination.Count));
    }

    [Fact]
    public void Refuses_nobody_too_many_and_other_sizes()
    {
        Assert.Throws<ArgumentException>(() => RaterVotes.Of([null, null]));
        Assert.Throws<ArgumentException>(() => RaterVotes.Of([.. Enumerable.Repeat(new byte[1], 17)]));
        Assert.Throws<ArgumentException>(() => RaterVotes.Of([new byte[2], new byte[3]]));
    }
}
