using System.Text.Json.Nodes;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class PlanTests
{
    [Fact]
    public void A_small_structure_on_photographs_gets_a_locator_and_the_full_range()
    {
        var plan = Of(SomeDataSet.Disc("a", 200, 150, 60, 70, 10, channels: 3));

        Assert.Equal((Framing.Resize, IntensityRange.Values, 0.0, 255.0), (plan.Descriptor.Preparation.Framing, plan.Descriptor.Preparation.Range, plan.Descriptor.Preparation.Low, plan.Descriptor.Preparation.High));
        Assert.NotNull(plan.Descriptor.Preparation.Locator);
        Assert.Equal(["OP"], plan.Descriptor.Modalities);
        Assert.Equal(3, plan.Descriptor.Network.Channels);
        Assert.Equal(3, plan.Descriptor.Preparation.Mean.Count);
        Assert.Equal(Augmentation.Regions, plan.Config.Augmentation);
        Assert.Equal((200, 150), (plan.Descriptor.LearntFrom!.Columns, plan.Descriptor.LearntFrom.Rows));
    }

    [Fact]
    public void A_large_one_does_without() => Assert.Null(Of(SomeDataSet.Disc("a", 100, 100, 50, 50, 30)).Descriptor.Preparation.Locator);

    [Fact]
    public void CT_is_told_by_its_air_and_MR_by_percentiles_of_the_volume()
    {
        var air = Some.Volume(32, 32, slices: 2);
        var ct = new Volume(air.Grid, [.. air.Samples.Select(value => value * 8 - 1024)]);
        var mr = new Volume(air.Grid, [.. air.Samples.Select(value => value * 8)]);
        byte[] mask = [.. Enumerable.Repeat((byte)1, 32 * 32 * 2)];

        var (ofCt, ofMr) = (Of(SomeDataSet.Case("a", ct, [[mask]])).Descriptor, Of(SomeDataSet.Case("a", mr, [[mask]])).Descriptor);

        Assert.Equal((IntensityRange.Values, "CT"), (ofCt.Preparation.Range, ofCt.Modalities.Single()));
        Assert.InRange(ofCt.Preparation.Low, -1024, -1000);
        Assert.Equal((IntensityRange.VolumePercentiles, "MR"), (ofMr.Preparation.Range, ofMr.Modalities.Single()));
    }

    [Fact]
    public void Crops_are_windows_that_are_stretched_already()
    {
        var data = SomeDataSet.Of(SomeDataSet.Disc("a", 64, 64, 30, 30, 10)) with { Format = "crops" };

        var config = Plan.Of(data, new(), CancellationToken.None).Config;

        Assert.Equal((Framing.Window, 64, true), (config.Preparation!.Framing, config.Preparation.Size, config.Preparation.NeedsRegion));
        Assert.Equal([0, 255], config.Stretched);
        Assert.Equal(1, config.EmptySlices);
        Assert.Equal(Augmentation.Crops, config.Augmentation);
        Assert.Equal(Augmentation.Windows, Plan.Of(data, new() { Training = new() { Window = 32 } }, CancellationToken.None).Config.Augmentation); // a window is anywhere already
    }

    [Fact]
    public void A_descriptor_decides_names_network_and_preparation()
    {
        var descriptor = Some.Descriptor(Some.Options() with { RecurrentSteps = 1 });

        var plan = Plan.Of(SomeDataSet.Of(SomeDataSet.Disc("a", 64, 64, 30, 30, 10)), Plan.From(descriptor, new()), CancellationToken.None);

        Assert.Equal(descriptor.Network, plan.Descriptor.Network);
        Assert.Equal(descriptor.Raters, plan.Descriptor.Raters);
        Assert.Equivalent(descriptor.Preparation, plan.Descriptor.Preparation);
        Assert.Equal("some-model", plan.Descriptor.Id);
    }

    [Fact]
    public void Refuses_what_does_not_fit_the_data()
    {
        string Refused(TrainingConfig config) => Assert.Throws<InvalidImageException>(() => Of(SomeDataSet.Disc("a", 64, 64, 30, 30, 10), config)).Message;

        Assert.Contains("2 raters are named; the data have 3", Refused(new() { Model = new() { Raters = ["a", "b"] } }));
        Assert.Contains("2 structures are described", Refused(new() { Model = new() { Structures = [Some.Nodule, Some.Nodule] } }));
        Assert.Contains("The network has 5 raters", Refused(new() { Network = new JsonObject { ["raters"] = 5 } }));
        Assert.Contains("method is 'mv-unet'", Refused(new() { Method = "mv-unet" }));
        Assert.Contains("Width", Refused(new() { Network = new JsonObject { ["width"] = 5 } }));
    }

    private static Plan Of(MultiRaterCase study, TrainingConfig? config = null) => Plan.Of(SomeDataSet.Of((SomeCase)study), config ?? new(), CancellationToken.None);
}
