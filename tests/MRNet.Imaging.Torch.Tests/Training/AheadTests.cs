using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class AheadTests
{
    [Fact]
    public void Items_come_in_order_and_all() => Assert.Equal(Enumerable.Range(0, 50), Ahead.Of(Enumerable.Range(0, 50)));

    [Fact]
    public void What_making_an_item_throws_comes_out_where_the_items_are_used()
    {
        var used = new List<int>();

        Assert.Throws<InvalidImageException>(() =>
        {
            foreach (var item in Ahead.Of(Failing()))
                used.Add(item);
        });

        Assert.Equal([1, 2], used);
    }

    [Fact]
    public void Whoever_leaves_early_stops_the_making()
    {
        var made = 0;

        var first = Ahead.Of(Enumerable.Range(0, 1000).Select(i => made = i), count: 2).First();

        Assert.Equal(0, first);
        Assert.InRange(made, 0, 10);
    }

    private static IEnumerable<int> Failing()
    {
        yield return 1;
        yield return 2;
        throw new InvalidImageException("damaged");
    }
}
