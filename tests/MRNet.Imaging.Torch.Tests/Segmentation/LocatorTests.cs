using MRNet.Imaging.Model;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Torch.Tests.Training;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class LocatorTests : IDisposable
{
    private static readonly LocatorOptions Small = new() { Size = 64, Width = 4, Margin = 2.5 };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(50, 50, 30)]   // 75 x 75 around it
    [InlineData(100, 20, 30)]  // moved down into the picture
    [InlineData(400, 290, 30)] // moved left and up
    public void The_region_is_a_square_of_the_margin_inside_the_picture(double x, double y, double diameter)
    {
        var box = new RegionOfInterest(x, y, diameter).Box(Grid.OfPixels(400, 300), margin: 2.5);

        Assert.Equal((75, 75), (box.Columns, box.Rows));
        Assert.True(box.IsWithin(Grid.OfPixels(400, 300)));
        Assert.InRange(box.X + 37.5, Math.Clamp(x, 37.5, 362.5) - 1, Math.Clamp(x, 37.5, 362.5) + 1);
        Assert.InRange(box.Y + 37.5, Math.Clamp(y, 37.5, 262.5) - 1, Math.Clamp(y, 37.5, 262.5) + 1);
    }

    [Fact]
    public void A_picture_smaller_than_the_region_is_taken_whole() =>
        Assert.Equal(new(0, 0, 0, 40, 30, 1), new RegionOfInterest(20, 15, 30).Box(Grid.OfPixels(40, 30), margin: 2.5));

    [Theory]
    [InlineData(400, 300), InlineData(300, 400), InlineData(64, 64), InlineData(4288, 2848)]
    public void Places_in_the_square_come_back_to_the_picture(int columns, int rows)
    {
        var letterbox = new Letterbox(columns, rows, 64);

        Assert.Equal((0, 0), letterbox.ToSlice(letterbox.Left, letterbox.Top));
        Assert.Equal((columns, rows), letterbox.ToSlice(letterbox.Left + letterbox.Width, letterbox.Top + letterbox.Height));
        Assert.Equal(64, Math.Max(letterbox.Width, letterbox.Height));
    }

    [Fact]
    public void Of_several_components_the_most_probable_counts()
    {
        float[] map =
        [
            0.9f, 0, 0, 0, 0,
            0, 0, 0.6f, 0.6f, 0,
            0, 0, 0.6f, 0.6f, 0,
        ];

        var found = Locator.Look(map, columns: 5)!.Value;

        Assert.Equal((3, 2), (found.X, found.Y));
        Assert.Equal(2 * Math.Sqrt(4 / Math.PI), found.Diameter, 1e-9);
    }

    [Fact]
    public void Where_nothing_is_probable_nothing_is_found() => Assert.Null(Locator.Look([0.2f, 0.1f, 0.29f, 0], columns: 2));

    [Fact]
    public void Once_trained_it_finds_the_disc_in_pictures_of_any_size_and_the_model_says_that_it_did()
    {
        var trained = Train();
        using var model = LoadedModel.Load(trained);
        var segmenter = new Segmenter(model, TimeProvider.System);

        foreach (var (columns, rows, x, y, radius) in new[] { (200, 150, 60.0, 90.0, 14.0), (400, 400, 300.0, 120.0, 40.0) })
        {
            var image = SomeDataSet.Disc("test", columns, rows, x, y, radius).ReadImage(CancellationToken.None);

            var result = segmenter.Segment(image, new(), null, CancellationToken.None);

            var box = result.Maps.Box;
            Assert.True(result.Provenance.RegionIsLocators);
            Assert.Contains("region=locator", result.Provenance.Parameters);
            Assert.InRange(x, box.X + radius / 2, box.X + box.Columns - radius / 2);
            Assert.InRange(y, box.Y + radius / 2, box.Y + box.Rows - radius / 2);
            Assert.InRange(box.Columns, 2 * radius, 8 * radius);
        }
    }

    [Fact]
    public void A_region_of_the_user_goes_before()
    {
        using var model = LoadedModel.Load(Untrained());

        var result = new Segmenter(model, TimeProvider.System).Segment(
            Some.Volume(100, 80), new() { Region = Region.Parse("box:10,10,0,32,32,1") }, null, CancellationToken.None);

        Assert.Equal(new(10, 10, 0, 32, 32, 1), result.Maps.Box);
        Assert.False(result.Provenance.RegionIsLocators);
        Assert.DoesNotContain("locator", result.Provenance.Parameters);
    }

    [Fact]
    public void Finding_nothing_asks_for_a_region()
    {
        using var model = LoadedModel.Load(Untrained());

        var error = Assert.Throws<InvalidImageException>(() => new Segmenter(model, TimeProvider.System).Segment(Some.Volume(100, 80), new(), null, CancellationToken.None));

        Assert.Contains("finds nothing to look at", error.Message);
        Assert.Contains("--region", error.Message);
    }

    [Fact]
    public void A_file_without_the_locator_s_weights_is_refused()
    {
        using var network = Some.Network();
        var model = Some.Model(folder, network, Descriptor());

        Assert.Contains("locator.", Assert.Throws<WeightsException>(() => LoadedModel.Load(model)).Message);
    }

    private static ModelDescriptor Descriptor() => Some.Descriptor(preparation: Some.Preparation(Framing.Resize, 32) with { Locator = Small });

    private StoredModel Untrained()
    {
        using var locator = new CoarseUNet(Locator.Network(Small, channels: 1));
        using (no_grad())
            foreach (var (name, parameter) in locator.named_parameters())
                if (name.StartsWith("up5", StringComparison.Ordinal))
                    parameter.fill_(name.EndsWith("bias", StringComparison.Ordinal) ? -5 : 0); // says 0.007 everywhere
        return Write(locator);
    }

    private StoredModel Train()
    {
        var random = new Random(2);
        SomeCase[] cases = [.. Enumerable.Range(0, 16).Select(i => SomeDataSet.Disc($"{i}", 120, 90, random.Next(25, 95), random.Next(25, 65), random.Next(7, 14)))];
        using var store = new SliceStore(1 << 30, folder["cache"]);
        var data = new SliceReader(SomeDataSet.Of(cases), Descriptor().Preparation, new(), store, _ => false).Read(null, CancellationToken.None);
        using var locator = LocatorTraining.Train(data.Whole!, Small, new() { Steps = 80, LearningRate = 5e-3 }, seed: 1, null, CancellationToken.None);
        Assert.Equal(new LocatorScore(16, 1), LocatorScore.Of(data.Whole!, locator, Small, CancellationToken.None));
        return Write(locator);
    }

    private StoredModel Write(CoarseUNet locator)
    {
        using var network = Some.Network();
        MRNet.Imaging.Model.Weights.NetworkWeights.Save(network, folder["main.safetensors"]);
        MRNet.Imaging.Model.Weights.NetworkWeights.Save(locator, folder["locator.safetensors"]);
        var path = folder["model.safetensors"];
        ModelFile.Write(folder["main.safetensors"], path, Descriptor(), folder["locator.safetensors"]);
        return new(Descriptor(), path);
    }
}
