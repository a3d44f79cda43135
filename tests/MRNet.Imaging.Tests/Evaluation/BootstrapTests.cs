using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Tests.Evaluation;

public class BootstrapTests
{
    [Fact]
    public void Is_near_the_interval_of_the_normal_law()
    {
        var random = new Random(1);
        double[] cases = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];

        var interval = new Bootstrap(seed: 7).Mean(cases);

        var error = 1.96 * Math.Sqrt(1.0 / 12 / 400);
        Assert.Equal(cases.Average(), interval.Mean);
        Assert.Equal(interval.Mean - error, interval.Low, 0.005);
        Assert.Equal(interval.Mean + error, interval.High, 0.005);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval()
    {
        double[] cases = [0.1, 0.5, 0.9, 0.3];

        Assert.Equal(new Bootstrap(3).Mean(cases), new Bootstrap(3).Mean(cases));
        Assert.NotEqual(new Bootstrap(3, draws: 50).Mean(cases), new Bootstrap(4, draws: 50).Mean(cases));
    }

    [Fact]
    public void Pairs_cases_when_two_methods_are_compared()
    {
        double[] hard = [0.1, 0.9, 0.3, 0.7, 0.5], easier = [.. hard.Select(score => score + 0.05)];

        var difference = new Bootstrap(1).Difference(easier, hard);

        Assert.Equal((0.05, 0.05, 0.05), (Math.Round(difference.Mean, 9), Math.Round(difference.Low, 9), Math.Round(difference.High, 9)));
    }

    [Fact]
    public void One_case_has_no_width() => Assert.Equal(new(0.4, 0.4, 0.4, 1), new Bootstrap(1).Mean([0.4]));

    [Fact]
    public void Refuses_nothing_NaN_and_other_cases()
    {
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Mean([]));
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Mean([double.NaN]));
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Difference([1], [1, 2]));
    }
}
