using CsCheck;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class WindowPlanTests
{
    private static readonly Gen<(Grid Grid, VoxelBox Box, int Size)> Any =
        from columns in Gen.Int[1, 300]
        from rows in Gen.Int[1, 300]
        from x in Gen.Int[0, columns - 1]
        from y in Gen.Int[0, rows - 1]
        from width in Gen.Int[1, columns - x]
        from height in Gen.Int[1, rows - y]
        from size in Gen.Int[1, 4]
        select (new Grid(columns, rows, 1), new VoxelBox(x, y, 0, width, height, 1), 32 * size);

    [Fact]
    public void Every_pixel_of_the_box_is_seen() => Any.Sample((grid, box, size) =>
    {
        var plan = WindowPlan.Cover(grid, box, size);

        foreach (var x in Enumerable.Range(box.X, box.Columns))
            Assert.Contains(plan, window => window.X <= x && x < window.X + size);
        foreach (var y in Enumerable.Range(box.Y, box.Rows))
            Assert.Contains(plan, window => window.Y <= y && y < window.Y + size);
        Assert.Equal(plan.Select(window => window.X).Distinct().Count() * plan.Select(window => window.Y).Distinct().Count(), plan.Count);
    });

    [Fact]
    public void Windows_stay_inside_the_slice_where_it_is_large_enough() => Any.Sample((grid, box, size) =>
    {
        foreach (var window in WindowPlan.Cover(grid, box, size))
        {
            Assert.Equal(size, window.Size);
            Assert.True(grid.Columns < size ? window.X <= 0 && window.X + size >= grid.Columns : window.X >= 0 && window.X + size <= grid.Columns);
            Assert.True(grid.Rows < size ? window.Y <= 0 && window.Y + size >= grid.Rows : window.Y >= 0 && window.Y + size <= grid.Rows);
        }
    });

    [Fact]
    public void Neighbours_overlap_by_half_or_more() => Any.Sample((grid, box, size) =>
    {
        var starts = WindowPlan.Cover(grid, box, size).Select(window => window.X).Distinct().Order().ToArray();

        Assert.All(starts.Zip(starts.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1, size / 2 + 1));
    });

    [Fact]
    public void A_box_that_fits_is_one_window_around_its_middle()
    {
        var grid = new Grid(200, 100, 1);

        Assert.Equal([new(44, 29, 32)], WindowPlan.Cover(grid, new(50, 40, 0, 20, 10, 1), 32));
        Assert.Equal([new(0, 68, 32)], WindowPlan.Cover(grid, new(1, 95, 0, 3, 5, 1), 32)); // shifted in at the border
        Assert.Equal([new(-6, -11, 32)], WindowPlan.Cover(new(20, 10, 1), new(0, 0, 0, 20, 10, 1), 32)); // smaller than the window
    }

    [Fact]
    public void A_larger_box_is_covered_from_edge_to_edge()
    {
        var plan = WindowPlan.Cover(new(200, 100, 1), new(10, 20, 0, 64, 32, 1), 32);

        Assert.Equal([10, 26, 42], plan.Select(window => window.X));
        Assert.All(plan, window => Assert.Equal(20, window.Y));
    }
}
