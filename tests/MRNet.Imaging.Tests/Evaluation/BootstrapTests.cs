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
    public void Ten_slices_of_a_patient_are_no_ten_patients()
    {
        var random = new Random(1);
        double[] ofPatients = [.. Enumerable.Range(0, 40).Select(_ => random.NextDouble())];
        double[] slices = [.. ofPatients.SelectMany(value => Enumerable.Repeat(value, 10))];
        string[] patients = [.. Enumerable.Range(0, 400).Select(i => $"patient {i / 10}")];

        var (together, patient, apart) = (new Bootstrap(7).Mean(slices, patients), new Bootstrap(7).Mean(ofPatients), new Bootstrap(7).Mean(slices));

        Assert.Equal((patient.Low, patient.High), (together.Low, together.High), (a, b) => Math.Abs(a.Low - b.Low) < 1e-9 && Math.Abs(a.High - b.High) < 1e-9);
        Assert.Equal(400, together.Cases);
        Assert.InRange((together.High - together.Low) / (apart.High - apart.Low), 2.5, 4); // sqrt(10)
    }

    [Fact]
    public void A_patient_with_more_cases_counts_more() =>
        Assert.Equal((0.25, 0.0, 1.0), new Bootstrap(1).Mean([0, 0, 0, 1], ["a", "a", "a", "b"]) is var mean ? (mean.Mean, mean.Low, mean.High) : default);

    [Fact]
    public void One_case_has_no_width() => Assert.Equal(new(0.4, 0.4, 0.4, 1), new Bootstrap(1).Mean([0.4]));

    [Fact]
    public void Refuses_nothing_NaN_and_other_cases()
    {
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Mean([]));
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Mean([double.NaN]));
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Difference([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => new Bootstrap(1).Mean([1, 2], ["a"]));
    }
}
