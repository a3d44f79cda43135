using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class ViewCutterTests
{
    private const int Side = 32;

    /// <summary>A bright block whose one rater marks just it.</summary>
    private static readonly TrainingSlice Block = Of((x, y) => x is >= 8 and < 14 && y is >= 20 and < 24);

    [Fact]
    public void A_quarter_turn_moves_pixels_and_masks_to_the_same_places()
    {
        var (image, mask) = Cut(Block, Whole(Block) with { Turn = MathF.PI / 2 });

        // (u, v) of the view is (-v, u) of the slice: what lay at x 8..13, y 20..23 lies at x 20..23, y 18..23.
        Assert.Equal(Marked((x, y) => x is >= 20 and < 24 && y is >= 18 and < 24), mask);
        Assert.All(Enumerable.Range(0, Side * Side), i => Assert.Equal(mask[i], image[i], 1e-3f));
    }

    [Theory]
    [InlineData(0.5f, 4), InlineData(2f, 0.25)]
    public void Scaling_changes_the_area_by_the_square(float step, double area)
    {
        var slice = Of((x, y) => x is >= 12 and < 20 && y is >= 12 and < 20);

        var (_, mask) = Cut(slice, Whole(slice) with { Step = step });

        Assert.Equal(64 * area, mask.Sum(), 1e-6);
    }

    [Fact]
    public void Beyond_the_border_there_is_nothing()
    {
        var slice = Of((_, _) => true);

        var (image, mask) = Cut(slice, Whole(slice) with { X = Side });

        Assert.Equal(Marked((x, _) => x < Side / 2), mask);
        Assert.Equal(mask, image);
    }

    [Fact]
    public void Or_its_mirror_image()
    {
        var slice = Of((x, y) => x is >= 26 and < 30 && y is >= 1 and < 4);

        var (image, mask) = Cut(slice, Whole(slice) with { X = Side, Y = -2 * Side, MirroredEdge = true });

        // From the right border, view column 16, it lies 2 to 5 pixels away on both sides; down there are two and a half mirror images.
        Assert.Equal(Marked((x, y) => x is (>= 10 and < 14) or (>= 18 and < 22) && y is (>= 12 and < 15) or (>= 17 and < 20)), mask);
        Assert.Equal(mask, image);
    }

    [Fact]
    public void However_it_is_turned_and_scaled_a_mask_is_0_or_1_and_stays_with_its_structure()
    {
        var random = new Random(3);
        var slice = Of((x, y) => (x - 18) * (x - 18) + (y - 13) * (y - 13) <= 25);
        for (var i = 0; i < 50; i++)
        {
            var view = View.Draw(Format, slice, new() { Augmentation = new() { FlipX = true, FlipY = true, Transpose = true, Rotation = 180, Scale = 0.3, Shift = 0.1 } }, random);

            var (image, mask) = Cut(slice, view);

            Assert.All(mask, value => Assert.True(value is 0 or 1));
            var (x, y) = Middle(mask);
            var (ofImageX, ofImageY) = Middle(image);
            Assert.Equal(ofImageX, x, 0.5);
            Assert.Equal(ofImageY, y, 0.5);
        }
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void A_moved_view_has_a_black_edge_or_its_mirror_image(bool mirrored)
    {
        var slice = Of((_, _) => true);
        var random = new Random(5);

        var views = Enumerable.Range(0, 20).Select(_ => Cut(slice, View.Draw(Format, slice, new() { Augmentation = new() { Shift = 0.5, MirroredEdge = mirrored } }, random)));

        Assert.All(views, view => Assert.Equal(mirrored, view.Mask.All(value => value == 1) && view.Image.All(value => value > 0.999f)));
    }

    [Fact]
    public void Nothing_varied_is_the_slice_itself()
    {
        var view = View.Draw(Format, Block, new() { Augmentation = Augmentation.None }, new Random(1));

        var (image, mask) = Cut(Block, view);

        Assert.Equal(Marked((x, y) => x is >= 8 and < 14 && y is >= 20 and < 24), mask);
        Assert.Equal(mask, image);
    }

    [Fact]
    public void Contrast_never_leaves_the_range()
    {
        var random = new Random(4);
        for (var i = 0; i < 50; i++)
        {
            var view = View.Draw(Format, Block, new() { Augmentation = new() { Gamma = 1, Brightness = 0.5, Contrast = 1, Colour = 0.5 } }, random);

            Assert.All(Cut(Block, view).Image, value => Assert.InRange(value, 0, 1));
        }
    }

    [Fact]
    public void Decoys_brighten_what_is_not_marked_and_leave_the_structure_as_it_is()
    {
        var random = new Random(5);
        var slice = Of((x, y) => x is >= 8 and < 14 && y is >= 20 and < 24);
        var painted = 0;
        for (var i = 0; i < 50; i++)
        {
            var (image, mask) = Cut(slice, View.Draw(Format, slice, new() { Augmentation = new() { Decoys = 1 } }, random));

            Assert.Equal(Marked((x, y) => x is >= 8 and < 14 && y is >= 20 and < 24), mask);
            Assert.All(Enumerable.Range(0, Side * Side).Where(at => mask[at] == 1), at => Assert.Equal(1, image[at]));
            painted += image.Where((value, at) => mask[at] == 0 && value > 0.5f).Any() ? 1 : 0;
        }

        Assert.InRange(painted, 25, 50); // the smallest fall between the pixels of so small a slice
    }

    private static SliceFormat Format { get; } = new() { Rows = Side, Columns = Side, Channels = 1, Structures = 1, Raters = 1, Mean = [0], Deviation = [1] };

    private static View Whole(TrainingSlice slice) => View.Whole(Format, slice);

    private static TrainingSlice Of(Func<int, int, bool> inside)
    {
        byte[] mask = [.. Marked(inside).Select(value => (byte)value)];
        return Some.Slice("p", "s", Side, [.. mask.Select(value => (byte)(value * 255))], mask);
    }

    private static float[] Marked(Func<int, int, bool> inside) => [.. Enumerable.Range(0, Side * Side).Select(i => inside(i % Side, i / Side) ? 1f : 0f)];

    private static (float[] Image, float[] Mask) Cut(TrainingSlice slice, View view)
    {
        var (image, mask) = (new float[Side * Side], new float[Side * Side]);
        new ViewCutter(Format).Cut(slice, view, image, mask);
        return (image, mask);
    }

    private static (double X, double Y) Middle(float[] weights) =>
        (weights.Select((weight, i) => weight * (i % Side)).Sum() / weights.Sum(), weights.Select((weight, i) => weight * (i / Side)).Sum() / weights.Sum());
}
