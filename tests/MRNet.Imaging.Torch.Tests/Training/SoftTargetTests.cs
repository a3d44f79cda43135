using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class SoftTargetTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();

    public void Dispose() => kept.Dispose();

    [Fact]
    public void Is_the_weighted_sum_of_the_masks()
    {
        var (map, known) = SoftTarget.Of(Batch([1, 0, 1, 1, 0, 0], [1, 1, 1]), tensor(new[] { 0.5f, 0.3f, 0.2f }, [1, 3]));

        Assert.Equal([1, 1, 1, 2], map.shape);
        Close.To(tensor(new[] { 0.8f, 0.3f }), map.flatten());
        Assert.Equal(1, known.item<float>());
    }

    [Fact]
    public void A_missing_rater_leaves_the_weight_to_the_others()
    {
        var (map, known) = SoftTarget.Of(Batch([1, 0, 1, 1, 0, 0], [0, 1, 1]), tensor(new[] { 0.5f, 0.3f, 0.2f }, [1, 3]));

        Close.To(tensor(new[] { 0.6f, 0.6f }), map.flatten());
        Assert.Equal(1, known.item<float>());
    }

    [Fact]
    public void Nothing_is_known_where_nobody_who_counts_graded()
    {
        var (map, known) = SoftTarget.Of(Batch([1, 0, 1, 1, 0, 0], [0, 1, 1]), tensor(new[] { 1f, 0, 0 }, [1, 3]));

        Assert.Equal([0f, 0f], map.data<float>().ToArray());
        Assert.Equal(0, known.item<float>());
    }

    [Theory]
    [InlineData(new float[] { 1, 1, 1, 1 }, new float[] { 1, 0 })] // 2 and 1 of 4: half is enough
    [InlineData(new float[] { 1, 1, 0, 1 }, new float[] { 1, 0 })] // 2 and 0 of 3
    [InlineData(new float[] { 0, 0, 1, 0 }, new float[] { 0, 1 })]
    public void The_majority_is_half_of_those_who_graded(float[] present, float[] wanted)
    {
        var (map, known) = SoftTarget.MajorityVote(Batch([1, 0, 1, 0, 0, 1, 0, 0], present));

        Assert.Equal(wanted, map.data<float>().ToArray());
        Assert.Equal(1, known.item<float>());
    }

    [Fact]
    public void No_votes_are_no_target()
    {
        Assert.Equal(0, SoftTarget.MajorityVote(Batch([1, 0, 1, 0], [0, 0])).Known.item<float>());
        Assert.Equal(0, SoftTarget.OfAnyRater(Batch([1, 0, 1, 0], [0, 0])).Known.item<float>());
        Assert.Equal(0, SoftTarget.OfRater(Batch([1, 0, 1, 0], [1, 0]), 1).Known.item<float>());
    }

    [Fact]
    public void Any_rater_is_each_of_those_who_graded_and_nobody_else()
    {
        manual_seed(3);
        var batch = Batch([1, 1, 1, 0, 0, 1], [1, 0, 1]);

        var drawn = Enumerable.Range(0, 60).Select(_ => string.Concat(SoftTarget.OfAnyRater(batch).Map.data<float>().ToArray())).ToArray();

        Assert.Equal(["01", "11"], drawn.Distinct().Order(StringComparer.Ordinal));
    }

    /// <param name="masks">Two pixels for each rater.</param>
    private static Batch Batch(float[] masks, float[] present) => new(
        zeros(1, 1, 1, 2), tensor(masks, [1, present.Length, 1, 1, 2]), tensor(present, [1, present.Length, 1]));
}
