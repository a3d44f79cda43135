using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class SimulatedRatersTests : IDisposable
{
    private const int Size = 200;
    private const double Radius = 50;

    private readonly TemporaryFolder folder = new();

    public SimulatedRatersTests()
    {
        SomeData.Png(folder["set/images/a.png"], Size, Size, 7);
        SomeData.Png(folder["set/grader/a.png"], Size, Size, [.. Disc(100, 90, Radius).Select(value => (byte)(255 * value))]);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Styles_are_shares_of_the_radius()
    {
        var masks = Simulated("as-is;tighter:0.1;looser:0.12;shifted:0.2,-0.1", noise: 0);

        Assert.Equal(Disc(100, 90, Radius), masks[0, 0]);
        Assert.InRange(Math.Sqrt(Area(masks[0, 1]!) / Math.PI), 0.89 * Radius, 0.91 * Radius);
        Assert.InRange(Math.Sqrt(Area(masks[0, 2]!) / Math.PI), 1.11 * Radius, 1.13 * Radius);
        Assert.InRange(Math.Sqrt(Area(masks[0, 3]!) / Math.PI), 0.99 * Radius, 1.01 * Radius);
        Assert.Equal((110, 85), Middle(masks[0, 3]!));
        Assert.Equal((100, 90), Middle(masks[0, 2]!));
    }

    [Fact]
    public void Noise_is_of_the_amplitude_asked_for_and_of_the_seed()
    {
        var (clean, one, same, other) = (Simulated("as-is;tighter:0.1", 0), Simulated("as-is;tighter:0.1", 0.03), Simulated("as-is;tighter:0.1", 0.03), Simulated("as-is;tighter:0.1", 0.03, seed: 2));

        Assert.Equal(one[0, 0], same[0, 0]);
        Assert.NotEqual(one[0, 0], other[0, 0]);
        var apart = one[0, 0]!.Zip(clean[0, 0]!).Count(pair => pair.First != pair.Second);
        Assert.InRange(apart / (2 * Math.PI * Radius), 0.3 * 0.03 * Radius, 1.5 * 0.03 * Radius); // mean of |wobble| is 0.8 deviations
    }

    [Fact]
    public void Names_say_that_the_raters_are_simulated()
    {
        var styles = RaterStyle.ParseAll("as-is;tighter:0.1;looser:0.12;shifted:0.12,0");

        Assert.Equal(["simulated-as-is", "simulated-tighter-0.1", "simulated-looser-0.12", "simulated-shifted-0.12-0"], SimulatedRaters.Of(SomeData.Open(folder["set"]), styles, 0, 1).Raters);
    }

    [Theory]
    [InlineData("bolder"), InlineData("tighter"), InlineData("tighter:2"), InlineData("tighter:-0.1"), InlineData("shifted:0.1"), InlineData("as-is;as-is"), InlineData(""), InlineData("looser:NaN")]
    public void Refuses_another_style(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<InvalidImageException>(() => RaterStyle.ParseAll(text)).Message);

    [Fact]
    public void Wants_one_grader()
    {
        SomeData.Png(folder["set/second/a.png"], Size, Size, 0);

        Assert.Contains("set has 2 raters", Assert.Throws<InvalidImageException>(() => Simulated("as-is", 0)).Message);
    }

    [Fact]
    public void Nothing_and_everything_stay_what_they_are()
    {
        SomeData.Png(folder["set/images/b.png"], 9, 8, 7);
        SomeData.Png(folder["set/images/c.png"], 9, 8, 7);
        SomeData.Png(folder["set/images/d.png"], 9, 8, 7);
        SomeData.Png(folder["set/grader/b.png"], 9, 8, 255);
        SomeData.Png(folder["set/grader/c.png"], 9, 8, 0);

        var cases = SimulatedRaters.Of(SomeData.Open(folder["set"]), RaterStyle.ParseAll("looser:0.1"), 0.02, 1).Cases;

        Assert.DoesNotContain((byte)0, cases[1].Masks()[0, 0]!);
        Assert.DoesNotContain((byte)1, cases[2].Masks()[0, 0]!);
        Assert.Null(cases[3].Masks()[0, 0]);
    }

    [Fact]
    public void Distances_are_those_of_counting_out()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 20; trial++)
        {
            var (columns, rows, x, y) = (1 + random.Next(9), 2 + random.Next(9), 0.5 + random.NextDouble(), 0.5 + random.NextDouble());
            var mask = Enumerable.Range(0, columns * rows).Select(_ => (byte)random.Next(2)).ToArray();
            (mask[0], mask[^1]) = (0, 1);

            var found = SignedDistance.Of(mask, columns, rows, x, y);

            Assert.All(Enumerable.Range(0, mask.Length), i => Assert.Equal(Counted(mask, columns, i, x, y), found[i], 1e-4));
        }
    }

    private static double Counted(byte[] mask, int columns, int at, double x, double y)
    {
        var nearest = Enumerable.Range(0, mask.Length).Where(i => mask[i] != mask[at])
            .Min(i => Math.Sqrt(Math.Pow((i % columns - at % columns) * x, 2) + Math.Pow((i / columns - at / columns) * y, 2)));
        return (nearest - Math.Min(x, y) / 2) * (mask[at] == 1 ? 1 : -1);
    }

    private RaterMasks Simulated(string styles, double noise, int seed = 1) =>
        SimulatedRaters.Of(SomeData.Open(folder["set"]), RaterStyle.ParseAll(styles), noise, seed).Cases[0].Masks();

    private static byte[] Disc(int x, int y, double radius) =>
        [.. Enumerable.Range(0, Size * Size).Select(i => (byte)(Math.Pow(i % Size - x, 2) + Math.Pow(i / Size - y, 2) <= radius * radius ? 1 : 0))];

    private static int Area(byte[] mask) => mask.Sum(value => value);

    private static (int X, int Y) Middle(byte[] mask)
    {
        var inside = Enumerable.Range(0, mask.Length).Where(i => mask[i] != 0).ToArray();
        return ((int)Math.Round(inside.Average(i => i % Size)), (int)Math.Round(inside.Average(i => i / Size)));
    }
}
