using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class SliceReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_whole_slice_is_resized_as_the_model_will_and_its_masks_stay_masks()
    {
        var study = SomeDataSet.Case("c", Some.Volume(64, 48), [[.. new byte[]?[] { Half(64, 48), null }]]);

        var slice = Read(Resize(32), study).Slices.Slices.Single();

        Assert.Equal((32, 32), (slice.Rows, slice.Columns));
        Assert.Equal([true, false], slice.Present);
        Assert.Equal(Half(32, 32), slice.Mask(0));
        Assert.All(slice.Mask(1), value => Assert.Equal(0, value));
        var wanted = new float[32 * 32];
        new SlicePreparer(Some.Volume(64, 48), Resize(32) with { Mean = [0], Deviation = [1] }).Fill(0, new(0, 0, 0, 64, 48, 1), new(64, 48, 32, 32), wanted);
        Assert.All(slice.Read().Image.Zip(wanted), pair => Assert.Equal(pair.Second, pair.First / 65535f, 1e-5f));
    }

    [Fact]
    public void Several_structures_and_raters_keep_their_places()
    {
        byte[] Mask(int kind) => [.. Enumerable.Range(0, 32 * 32).Select(i => (byte)(i % 7 == kind ? 1 : 0))];
        var study = SomeDataSet.Case("c", Some.Volume(32, 32), [Mask(0), Mask(1), Mask(2), Mask(3), Mask(4)], [Mask(5), Mask(6), Mask(0), null, Mask(1)]);

        var data = Read(Resize(32), study).Slices;
        using var batch = new Batches(data with { Slices = [data.Slices[0], data.Slices[0]] }, new() { Augmentation = Augmentation.None }).Epoch(0).Single();

        Assert.Equal([2, 5, 2, 32, 32], batch.Masks.shape);
        Assert.Equal([1, 1, 1, 1, 1, 1, 1, 0, 1, 1], batch.Present[0].flatten().data<float>().ToArray());
        foreach (var (r, s, kind) in new[] { (0, 0, 0), (4, 0, 4), (0, 1, 5), (4, 1, 1) })
            Assert.Equal(Mask(kind).Select(value => (float)value), batch.Masks[1, r, s].data<float>().ToArray());
    }

    [Theory]
    [InlineData(0, 2), InlineData(0.5, 6), InlineData(1, 10)]
    public void Of_the_slices_that_nobody_marked_training_sees_a_share(double share, int slices)
    {
        var mask = new byte[32 * 32 * 10];
        mask[3 * 32 * 32] = mask[4 * 32 * 32 + 5] = 1;
        var study = SomeDataSet.Case("c", Some.Volume(32, 32, slices: 10), [[mask]]);

        var found = Read(Resize(32), new() { EmptySlices = share }, isScored: false, study).Slices.Slices;

        Assert.Equal(slices, found.Count);
        Assert.Contains(found, slice => slice.Name == "c/3");
        Assert.Contains(found, slice => slice.Name == "c/4");
        Assert.Equal(10, Read(Resize(32), new() { EmptySlices = share }, isScored: true, study).Slices.Slices.Count);
    }

    [Fact]
    public void Raters_are_put_in_the_order_of_the_whole_area_of_each_case()
    {
        byte[] Pixels(params int[] marked) => [.. Enumerable.Range(0, 32 * 32 * 2).Select(i => (byte)(marked.Contains(i) ? 1 : 0))];
        var one = SomeDataSet.Case("one", Some.Volume(32, 32, slices: 2), [Pixels(0, 1, 2, 1024), Pixels(0, 1025, 1026), null]);
        var two = SomeDataSet.Case("two", Some.Volume(32, 32, slices: 2), [Pixels(5), Pixels(0, 1, 2, 3), Pixels(7, 8)]);

        var slices = Read(Resize(32), new() { RatersByArea = true }, isScored: false, one, two).Slices.Slices;

        Assert.Equal([1, 2, 1], slices.Take(3).Select(slice => slice.Mask(0).Sum(value => value)));
        Assert.Equal([3, 1, 2], slices.Take(3).Select(slice => slice.Mask(1).Sum(value => value)));
        Assert.Equal([true, true, false], slices[0].Present);
        Assert.Equal(4, slices[2].Mask(2).Sum(value => value));
    }

    [Fact]
    public void Around_a_region_the_network_sees_the_square_that_a_locator_would_cut()
    {
        var preparation = Resize(64) with { Locator = new() { Size = 64, Margin = 2 } };

        var data = Read(preparation, SomeDataSet.Disc("d", 400, 300, x: 250, y: 150, radius: 40));
        var (_, batch) = new Batches(data.Slices, new()).InOrder().Single();

        using (batch)
        {
            var marked = batch.Masks[0, 2, 0]; // the union of all raters: radius 48, and so a square of 192
            Assert.InRange(marked.sum().item<float>(), 780, 830);
            Assert.Equal(1, marked[32, 32].item<float>());
            Assert.InRange((marked.sum([0]) * arange(64, ScalarType.Float32)).sum().item<float>() / marked.sum().item<float>(), 31, 33);
        }

        var (_, whole) = new Batches(data.Whole!, new()).InOrder().Single();
        using (whole)
            Assert.Equal([1, 3, 1, 64, 64], whole.Masks.shape);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void However_a_slice_is_stored_the_network_learns_it_the_same_way(bool region)
    {
        var preparation = region ? Resize(64) with { Locator = new() { Size = 64, Margin = 2 } } : Resize(64) with { Framing = Framing.Window };
        var disc = SomeDataSet.Disc("d", 96, 72, x: 60, y: 20, radius: 8);
        var masks = disc.ReadMasks(CancellationToken.None);
        var wanted = Read(preparation, disc);

        foreach (var hanging in Some.Hangings)
        {
            var stored = Some.Stored(disc.ReadImage(CancellationToken.None), hanging);
            var found = Read(preparation, SomeDataSet.Case("d", stored, [[.. Enumerable.Range(0, 3).Select(r => hanging.Back.Turn<byte>(masks[0, r], 96, 72))]]));

            if (region)
            {
                Same(wanted.Whole!, found.Whole!);
                var ((x, y), (foundX, foundY)) = (Middle(wanted.Slices.Slices.Single()), Middle(found.Slices.Slices.Single()));
                Assert.InRange(Math.Abs(x - foundX) + Math.Abs(y - foundY), 0, 3); // a region begins at a whole voxel
            }
            else
            {
                Same(wanted.Slices, found.Slices);
            }
        }

        static (double X, double Y) Middle(TrainingSlice slice)
        {
            int[] marked = [.. slice.Mask(1).Index().Where(pixel => pixel.Item != 0).Select(pixel => pixel.Index)];
            return (marked.Average(i => i % slice.Columns) - slice.Focus!.Value.X, marked.Average(i => i / slice.Columns) - slice.Focus!.Value.Y);
        }

        static void Same(TrainingSlices wanted, TrainingSlices found)
        {
            var (one, other) = (wanted.Slices.Single(), found.Slices.Single());
            Assert.Equal((one.Columns, one.Rows, one.Focus), (other.Columns, other.Rows, other.Focus));
            Assert.InRange(one.Read().Marks.Zip(other.Read().Marks).Count(pair => pair.First != pair.Second), 0, one.Marked / 50); // where two pixels are equally near
            Assert.All(one.Read().Image.Zip(other.Read().Image), pair => Assert.InRange(pair.First - pair.Second, -2, 2));
        }
    }

    [Fact]
    public void A_slice_much_larger_than_the_window_is_kept_around_what_was_drawn()
    {
        var slice = Read(Resize(32) with { Framing = Framing.Window }, SomeDataSet.Disc("d", 400, 300, x: 250, y: 150, radius: 10)).Slices.Slices.Single();

        Assert.InRange(slice.Columns, 40, 64);
        Assert.InRange(slice.Rows, 40, 64);
        Assert.Null(slice.Focus);
    }

    [Fact]
    public void An_image_is_decoded_once()
    {
        var study = SomeDataSet.Disc("d", 40, 40, 20, 20, 8);

        var data = Read(Resize(32), study).Slices;
        for (var epoch = 0; epoch < 3; epoch++)
            foreach (var batch in new Batches(data with { Slices = [data.Slices[0], data.Slices[0]] }, new()).Epoch(epoch))
                batch.Dispose();

        Assert.Equal(1, study.Reads);
    }

    [Fact]
    public void A_rater_who_never_marks_anything_is_warned_of()
    {
        var study = SomeDataSet.Case("c", Some.Volume(32, 32), [Half(32, 32), new byte[32 * 32]]);

        Assert.Contains("rater 1 marked nothing", Assert.Single(Read(Resize(32), study).Warnings));
    }

    [Fact]
    public void A_case_without_any_mask_is_refused() =>
        Assert.Contains("no mask", Assert.Throws<InvalidImageException>(() => Read(Resize(32), SomeDataSet.Case("c", Some.Volume(32, 32), [[null]]))).Message);

    [Fact]
    public void Images_of_other_channels_are_refused() =>
        Assert.Contains("d has 3 channels", Assert.Throws<InvalidImageException>(() =>
            Read(Resize(32), SomeDataSet.Disc("c", 40, 40, 20, 20, 8), SomeDataSet.Disc("d", 40, 40, 20, 20, 8, channels: 3))).Message);

    private static Preparation Resize(int size) => Some.Preparation(Framing.Resize, size);

    private static byte[] Half(int columns, int rows) => [.. Enumerable.Range(0, columns * rows).Select(i => (byte)(i % columns < columns / 2 ? 1 : 0))];

    private PreparedData Read(Preparation preparation, params SomeCase[] cases) => Read(preparation, new(), isScored: false, cases);

    private PreparedData Read(Preparation preparation, SliceSettings settings, bool isScored, params SomeCase[] cases)
    {
        using var store = new SliceStore(1 << 30, folder["cache"]);
        return new SliceReader(SomeDataSet.Of(cases), preparation, settings, store, _ => isScored).Read(null, CancellationToken.None);
    }
}
