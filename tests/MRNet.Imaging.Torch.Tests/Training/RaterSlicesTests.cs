using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class RaterSlicesTests
{
    [Fact]
    public void Raters_of_a_case_are_put_in_the_order_of_their_whole_area()
    {
        var data = new RaterSlices(1, 4, 2,
        [
            Slice("p/one/images/0.png", [1, 1, 1, 0], [1, 0, 0, 0]), // 3 and 1 ...
            Slice("p/one/images/1.png", [1, 0, 0, 0], [1, 1, 0, 0]), // ... 1 and 2: the second rater is the tighter one in all
            Slice("p/two/images/0.png", [0, 0, 0, 1], [1, 1, 1, 1]),
        ]);

        var ordered = data.OrderedByArea().Slices;

        Assert.Equal(data.Slices.Select(slice => slice.Name), ordered.Select(slice => slice.Name));
        Assert.Equal([1, 2, 1], ordered.Select(slice => slice.Masks[0].Count(value => value != 0)));
        Assert.Equal([3, 1, 4], ordered.Select(slice => slice.Masks[1].Count(value => value != 0)));
    }

    private static RaterSlice Slice(string name, params byte[][] masks) => new("p", name, new byte[4], masks);
}
