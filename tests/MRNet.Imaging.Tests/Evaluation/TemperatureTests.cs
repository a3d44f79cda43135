using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class TemperatureTests
{
    [Theory]
    [InlineData(0.4), InlineData(1), InlineData(2.5)]
    public void Finds_the_temperature_logits_were_made_with(double made)
    {
        float[] truth = [.. Enumerable.Range(-40, 81).Select(i => i / 10f)];

        var found = Temperature.Fit([new([.. truth.Select(z => (float)(z * made))], Temperature.Apply(truth, 1))]);

        Assert.Equal(made, found, 1e-3);
    }

    [Fact]
    public void By_hand()
    {
        // logit 2 where 3 of 4 agree, and its mirror: sigmoid(2 / T) = 0.75
        var found = Temperature.Fit([new([2, -2], [0.75f, 0.25f])]);

        Assert.Equal(2 / Math.Log(3), found, 1e-6);
    }

    [Fact]
    public void Cases_count_by_their_voxels()
    {
        LogitsAndShare first = new([2, -2], [0.75f, 0.25f]), second = new([2, 3], [0.9f, 0.5f]);

        Assert.Equal(Temperature.Fit([new([2, -2, 2, 3], [0.75f, 0.25f, 0.9f, 0.5f])]), Temperature.Fit([first, second]), 1e-9);
    }

    [Fact]
    public void Stays_within_bounds_where_nothing_is_disputed()
    {
        Assert.Equal(1 / Temperature.Most, Temperature.Fit([new([1, -1], [1, 0])]), 1e-4);
        Assert.Equal(Temperature.Most, Temperature.Fit([new([1, -1], [0, 1])]), 1);
    }

    [Fact]
    public void Lowers_the_likelihood_and_keeps_the_mask()
    {
        var random = new Random(3);
        float[] logits = [.. Enumerable.Range(0, 1000).Select(_ => (float)(8 * random.NextDouble() - 4))];
        float[] share = [.. Temperature.Apply(logits, 3)];

        var before = Temperature.Apply(logits, 1);
        var after = Temperature.Apply(logits, Temperature.Fit([new(logits, share)]));

        Assert.True(Calibration.NegativeLogLikelihood(after, share) < Calibration.NegativeLogLikelihood(before, share));
        Assert.True(Calibration.Ece(after, share) < 0.01);
        Assert.Equal(before.Select(p => p >= 0.5f), after.Select(p => p >= 0.5f));
    }

    [Fact]
    public void Logits_turn_back_into_probabilities() =>
        Assert.Equal([0.1f, 0.5f, 0.99f], Temperature.Apply(Temperature.Logits([0.1f, 0.5f, 0.99f]), 1), (a, b) => Math.Abs(a - b) < 1e-6);

    [Fact]
    public void Logits_of_certainty_are_finite() => Assert.All(Temperature.Logits([0, 1]), logit => Assert.True(float.IsFinite(logit)));

    [Fact]
    public void Refuses_nothing_and_what_is_no_number()
    {
        Assert.Throws<ArgumentException>(() => Temperature.Fit([]));
        Assert.Throws<ArgumentException>(() => Temperature.Fit([new([float.PositiveInfinity], [1])]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Temperature.Apply([1], 0));
    }
}
