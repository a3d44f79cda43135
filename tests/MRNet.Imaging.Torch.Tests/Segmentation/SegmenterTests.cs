using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class SegmenterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly MultiRaterNetwork network = Some.Network(Some.Options(raters: 3, structures: 2));
    private readonly List<LoadedModel> loaded = [];

    public void Dispose()
    {
        loaded.ForEach(model => model.Dispose());
        network.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_region_holds_what_the_network_says_of_its_voxels()
    {
        var volume = Some.Volume(60, 50, slices: 4);
        var box = new VoxelBox(20, 11, 1, 24, 16, 2);

        var result = Segment(volume, new() { Region = Region.OfVoxels(box), Expertness = [2, 1, 1] });

        Assert.Equal(box, result.Maps.Box);
        for (var z = 0; z < 2; z++)
        {
            // A 24 x 16 region at (20, 11) is seen through a 32 x 32 window from (16, 3).
            using var output = Predict(Cut(volume, slice: 1 + z, x: 16, y: 3), [0.5f, 0.25f, 0.25f]);
            for (var s = 0; s < 2; s++)
            {
                Same(output.Refined[0, s].sigmoid(), result.Maps.Probability[s], z);
                Same(output.Uncertainty[0, s], result.Maps.Uncertainty[s], z);
                for (var r = 0; r < 3; r++)
                    Same(output.Raters[0, r, s].sigmoid(), result.Maps.RaterProbability[r][s], z);
            }
        }

        void Same(Tensor window, float[] map, int z)
        {
            for (var y = 0; y < 16; y++)
                for (var x = 0; x < 24; x++)
                    Assert.Equal(window[8 + y, 4 + x].item<float>(), map[(z * 16 + y) * 24 + x], 1e-5);
        }
    }

    [Fact]
    public void A_resized_slice_comes_back_to_its_own_pixels()
    {
        var volume = Some.Volume(80, 48);

        var result = Segment(volume, new(), Some.Preparation(Framing.Resize));

        var there = new Resampling(80, 48, 32, 32);
        var input = new float[32 * 32];
        there.Apply(volume.Slice(0), input);
        using var output = Predict([.. input.Select(Normalised)], [1f / 3, 1f / 3, 1f / 3]);
        var wanted = new float[80 * 48];
        there.Inverse().Apply(output.Refined[0, 1].sigmoid().data<float>().ToArray(), wanted);
        Assert.Equal(volume.Grid.Whole, result.Maps.Box);
        for (var i = 0; i < wanted.Length; i++)
            Assert.Equal(wanted[i], result.Maps.Probability[1][i], 1e-4);
    }

    [Theory]
    [InlineData(Framing.Window), InlineData(Framing.Resize)]
    public void However_a_slice_is_stored_the_answer_is_the_same(Framing framing)
    {
        var upright = Some.Volume(70, 46, slices: 2);
        var model = Load(Some.Model(folder, network, Some.Descriptor(network.Options, Some.Preparation(framing))));
        var wanted = Run(model, upright).Maps;

        foreach (var hanging in Some.Hangings)
        {
            var stored = Some.Stored(upright, hanging);
            Assert.Equal(hanging, Hanging.Of(stored.Grid));
            var found = Run(model, stored).Maps;

            foreach (var (one, other) in wanted.Probability.Concat(wanted.Uncertainty).Concat(wanted.RaterProbability[2]).Zip(found.Probability.Concat(found.Uncertainty).Concat(found.RaterProbability[2])))
                Assert.All(one.Zip(hanging.Turn<float>(other, stored.Grid.Columns, stored.Grid.Rows)), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        }
    }

    [Fact]
    public void An_image_of_another_modality_is_refused()
    {
        var volume = Some.Volume(32, 32);
        var mr = new Volume(volume.Grid, volume.Samples) { Modality = "MR" };

        Assert.Contains("The image is MR; model", Assert.Throws<InvalidImageException>(() => Segment(mr, new())).Message);
        Segment(new Volume(volume.Grid, volume.Samples), new()); // one that does not say is taken
    }

    [Theory]
    [InlineData(Framing.Window), InlineData(Framing.Resize)]
    public void Probabilities_and_uncertainties_are_in_their_ranges(Framing framing)
    {
        var maps = Segment(Some.Volume(70, 45, slices: 2), new(), Some.Preparation(framing)).Maps;

        Assert.All(maps.Probability.Concat(maps.RaterProbability.SelectMany(rater => rater)), map => Assert.All(map, p => Assert.InRange(p, 0, 1)));
        Assert.All(maps.Uncertainty, map => Assert.All(map, u => Assert.InRange(u, 0, 0.5f)));
        Assert.All(maps.Probability, map => Assert.True(map.Max() - map.Min() > 0.01));
    }

    [Theory]
    [InlineData(Framing.Window), InlineData(Framing.Resize)]
    public void A_network_that_is_sure_gives_no_more_than_1(Framing framing)
    {
        Constant(refined: 40, raters: [40, 40, -40]);

        var maps = Segment(Some.Volume(90, 75), new(), Some.Preparation(framing)).Maps;

        Assert.All(maps.Probability[0], p => Assert.InRange(p, 0.9999f, 1));
        Assert.All(maps.Uncertainty[0], u => Assert.InRange(u, 0.47f, 0.5f));
    }

    [Fact]
    public void Overlapping_windows_blend_to_what_one_would_say()
    {
        Constant(refined: 0.3, raters: [1, -1, 0]);

        var maps = Segment(Some.Volume(90, 75), new()).Maps; // 5 x 4 windows

        Assert.All(maps.Probability[0], p => Assert.Equal(1 / (1 + Math.Exp(-0.3)), p, 1e-5));
        Assert.All(maps.RaterProbability[0][1], p => Assert.Equal(1 / (1 + Math.Exp(-1)), p, 1e-5));
    }

    [Theory]
    [InlineData(Framing.Window), InlineData(Framing.Resize)]
    public void Slices_at_once_come_out_as_one_after_another(Framing framing)
    {
        var volume = Some.Volume(70, 45, slices: 5);
        var model = Load(Some.Model(folder, network, Some.Descriptor(network.Options, Some.Preparation(framing))));

        var alone = Run(model, volume).Maps;
        var together = new Segmenter(model, TimeProvider.System, batch: 3).Segment(volume, new(), null, CancellationToken.None).Maps;

        foreach (var (a, b) in alone.Probability.Concat(alone.Uncertainty).Zip(together.Probability.Concat(together.Uncertainty)))
            for (var i = 0; i < a.Length; i++)
                Assert.Equal(a[i], b[i], 1e-4);
    }

    [Theory]
    [InlineData(1), InlineData(5), InlineData(6)]
    public void The_same_request_gives_the_same_bits(int slices)
    {
        var volume = Some.Volume(70, 45, slices);
        var model = Load(Some.Model(folder, network, Some.Descriptor(network.Options)));

        var (first, second) = (Run(model, volume, threads: 2).Maps, Run(model, volume, threads: 2).Maps);

        Assert.Equal(first.Probability[1], second.Probability[1]);
        Assert.Equal(first.Uncertainty[0], second.Uncertainty[0]);
    }

    [Fact]
    public async Task Requests_at_once_give_what_each_gives_alone()
    {
        Volume[] volumes = [.. Enumerable.Range(1, 6).Select(seed => Some.Volume(48, 40, slices: seed % 3 + 1, seed: seed))];
        var model = Load(Some.Model(folder, network, Some.Descriptor(network.Options)));
        var alone = volumes.Select(volume => Run(model, volume).Maps).ToArray();
        var segmenter = new Segmenter(model, TimeProvider.System, threads: new(2));

        var together = await Task.WhenAll(volumes.Select(volume => Task.Run(() => segmenter.Segment(volume, new(), null, CancellationToken.None).Maps)));

        foreach (var (a, b) in alone.Zip(together))
            for (var i = 0; i < a.Probability[0].Length; i++)
                Assert.Equal(a.Probability[0][i], b.Probability[0][i], 1e-4);
    }

    [Fact]
    public void Masks_hold_what_reaches_the_threshold_and_measurements_count_them()
    {
        var volume = Some.Volume(32, 32, slices: 2);

        var result = Segment(volume, new() { Threshold = 0.4 });

        for (var s = 0; s < 2; s++)
        {
            Assert.Equal(result.Maps.Probability[s].Select(p => p >= 0.4f ? (byte)1 : (byte)0), result.Masks[s]);
            Assert.Equal(result.Masks[s].Count(m => m == 1), result.Measurements[s].Voxels);
            Assert.Equal(result.Measurements[s].Voxels * 0.0005, result.Measurements[s].VolumeMl!.Value, 1e-9); // 0.5 x 0.5 x 2 mm
        }
    }

    [Fact]
    public void The_provenance_is_enough_to_do_it_again()
    {
        var stored = Some.Model(folder, network, Some.Descriptor(network.Options));
        var provenance = new Segmenter(Load(stored), new Noon()).Segment(Some.Volume(32, 32), new() { Expertness = [1, 1, 2], Threshold = 0.6 }, null, CancellationToken.None).Provenance;

        Assert.Equal(("some-model", "1.2.0", "cpu", "window 32", 0.6), (provenance.ModelId, provenance.ModelVersion, provenance.Device, provenance.Preparation, provenance.Threshold));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(stored.Path))), provenance.WeightsSha256);
        Assert.Equal([0.25f, 0.25f, 0.5f], provenance.Expertness);
        Assert.True(provenance.ExpertnessIsUsers);
        Assert.Equal(12, provenance.Created.Hour);
    }

    [Fact]
    public void The_same_request_gives_the_same_twice()
    {
        var model = Load(Some.Model(folder, network, Some.Descriptor(network.Options)));
        var volume = Some.Volume(50, 40);

        var (first, second) = (Run(model, volume), Run(model, volume));

        Assert.Equal(first.Maps.Probability, second.Maps.Probability);
        Assert.Equal(first.Maps.Uncertainty, second.Maps.Uncertainty);
    }

    [Theory]
    [InlineData(Framing.Window), InlineData(Framing.Resize)]
    public void A_preview_is_the_coarse_prediction_without_raters(Framing framing)
    {
        var volume = Some.Volume(32, 32, slices: 2);

        var result = Segment(volume, new() { Quality = Quality.Preview }, Some.Preparation(framing));

        using var output = Predict(Cut(volume, slice: 1, x: 0, y: 0), [1f / 3, 1f / 3, 1f / 3]);
        var wanted = output.Coarse[0, 1].sigmoid().flatten();
        for (var i = 0; i < 32 * 32; i++)
            Assert.Equal(wanted[i].item<float>(), result.Maps.Probability[1][32 * 32 + i], 1e-5);
        Assert.Empty(result.Maps.Uncertainty);
        Assert.Empty(result.Maps.RaterProbability);
        Assert.All(result.Measurements, size => Assert.Equal((0, null, null), (size.RaterVolumesMl.Count, size.MeanUncertainty, size.MaxUncertainty)));
        Assert.Equal("preview", result.Provenance.Caveat);
        Assert.Equal(3, result.Provenance.Raters.Count); // whose weights the coarse prediction answers to
    }

    [Fact]
    public void Lower_precision_stands_in_the_result()
    {
        Assert.SkipUnless(InferenceNetwork.HasBFloat16, "This processor has no bfloat16.");
        var model = LoadedModel.Load(Some.Model(folder, network, Some.Descriptor(network.Options)), precision: Precision.BFloat16);
        loaded.Add(model);

        var result = Run(model, Some.Volume(32, 32));

        Assert.Equal((Precision.BFloat16, "bfloat16", false), (result.Provenance.Precision, result.Provenance.Caveat, result.Provenance.HasReliableUncertainty));
    }

    [Fact]
    public void A_network_with_a_part_taken_out_does_not_pretend_to_lower_precision()
    {
        Assert.SkipUnless(InferenceNetwork.HasBFloat16, "This processor has no bfloat16.");
        var options = network.Options with { Perception = false };

        var refused = Assert.Throws<ResourceLimitException>(() => LoadedModel.Load(new(Some.Descriptor(options), "not read"), precision: Precision.BFloat16));

        Assert.Contains("float32 only", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_voxel_that_is_not_a_number_leaves_the_maps_numbers()
    {
        var volume = Some.Volume(32, 32);
        volume.Samples[100] = float.NaN;

        Assert.All(Segment(volume, new()).Maps.Probability[0], p => Assert.InRange(p, 0, 1));
    }

    [Fact]
    public async Task Slices_can_be_used_while_the_next_are_computed()
    {
        var volume = Some.Volume(32, 32, slices: 3);
        var (first, masks) = (Task.FromResult(Array.Empty<float>()), -1);

        var model = Load(Some.Model(folder, network, Some.Descriptor(network.Options, Some.Preparation(Framing.Resize))));

        var result = new Segmenter(model, TimeProvider.System).Segment(volume, new(), null, growing =>
        {
            masks = growing.Masks.Count;
            first = Task.Run(() => Slice(growing.Maps));
        }, CancellationToken.None);

        Assert.Equal(0, masks);
        Assert.Equal(Slice(result.Maps), await first);
        Assert.Contains(await first, value => value > 0);

        static float[] Slice(RaterMaps maps)
        {
            var slice = new float[32 * 32];
            maps.CopySlice<float>(maps.Probability[0], 0, slice);
            return slice;
        }
    }

    [Fact]
    public void Progress_rises_slice_by_slice_to_the_whole()
    {
        var told = new List<SegmentationProgress>();

        Segment(Some.Volume(32, 32, slices: 3), new(), progress: new Told<SegmentationProgress>(told.Add));

        Assert.Equal([new(1, 3), new(2, 3), new(3, 3)], told);
    }

    [Fact]
    public void Stops_between_slices_when_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var told = 0;
        var progress = new Told<SegmentationProgress>(_ =>
        {
            if (++told == 2)
                stop.Cancel();
        });

        Assert.Throws<OperationCanceledException>(() => Segment(Some.Volume(32, 32, slices: 5), new(), progress: progress, cancellation: stop.Token));
        Assert.Equal(2, told);
    }

    [Fact]
    public void Refuses_a_region_outside_the_image() =>
        Assert.Contains("the image has 0..31", Refused(Some.Volume(32, 32), new() { Region = Region.OfVoxels(new(8, 8, 0, 25, 8, 1)) }));

    [Fact]
    public void Refuses_other_channels() =>
        Assert.Contains("The image has 3 channels; model some-model wants 1", Refused(Some.Volume(32, 32, channels: 3), new()));

    [Theory]
    [InlineData(0), InlineData(-0.1), InlineData(1.01), InlineData(double.NaN)]
    public void Refuses_a_threshold_out_of_range(double threshold) =>
        Assert.Contains("Threshold is", Refused(Some.Volume(32, 32), new() { Threshold = threshold }));

    [Fact]
    public void Refuses_weights_for_other_raters() =>
        Assert.Contains("Expertness has 2 weights", Refused(Some.Volume(32, 32), new() { Expertness = [1, 1] }));

    [Fact]
    public void Asks_for_a_region_where_the_model_knows_only_surroundings()
    {
        var preparation = Some.Preparation() with { NeedsRegion = true };

        Assert.Contains("--region at:", Refused(Some.Volume(33, 32), new(), preparation));
        Assert.NotNull(Segment(Some.Volume(32, 32), new(), preparation));
        Assert.NotNull(Segment(Some.Volume(33, 32), new() { Region = Region.OfVoxels(new(0, 0, 0, 33, 20, 1)) }, preparation));
    }

    [Fact]
    public void Refuses_weights_of_another_network()
    {
        var path = folder["other.safetensors"];
        var descriptor = Some.Descriptor(Some.Options(structures: 2, width: 8));
        NetworkWeights.Save(network, path, descriptor.ToMetadata());

        Assert.Contains("the network wants (", Assert.Throws<WeightsException>(() => LoadedModel.Load(new(descriptor, path))).Message);
    }

    [Theory]
    [InlineData("cuda"), InlineData("cuda:1")]
    public void A_device_that_is_not_there_is_named(string device)
    {
        Assert.SkipWhen(cuda.is_available(), "This machine has CUDA.");
        var stored = Some.Model(folder, network, Some.Descriptor(network.Options));

        Assert.Contains($"Device is {device}", Assert.Throws<ResourceLimitException>(() => LoadedModel.Load(stored, device)).Message);
    }

    /// <summary>Makes the network say the same of every pixel.</summary>
    private void Constant(double refined, double[] raters)
    {
        using var off = no_grad();
        var state = network.state_dict();
        state["mpm.pred.weight"].zero_();
        state["mpm.pred.bias"].fill_(refined);
        for (var r = 0; r < raters.Length; r++)
        {
            state[$"mrm.pred{r + 1}.weight"].zero_();
            state[$"mrm.pred{r + 1}.bias"].fill_(raters[r]);
        }
    }

    private SegmentationResult Segment(
        Volume volume, SegmentationRequest request, Preparation? preparation = null, IProgress<SegmentationProgress>? progress = null, CancellationToken cancellation = default) =>
        new Segmenter(Load(Some.Model(folder, network, Some.Descriptor(network.Options, preparation))), TimeProvider.System).Segment(volume, request, progress, cancellation);

    private string Refused(Volume volume, SegmentationRequest request, Preparation? preparation = null) =>
        Assert.Throws<InvalidImageException>(() => Segment(volume, request, preparation)).Message;

    private static SegmentationResult Run(LoadedModel model, Volume volume, int threads = 1) =>
        new Segmenter(model, TimeProvider.System, threads: new(threads)).Segment(volume, new(), null, CancellationToken.None);

    private LoadedModel Load(StoredModel stored)
    {
        var model = LoadedModel.Load(stored);
        loaded.Add(model);
        return model;
    }

    private NetworkOutput Predict(float[] input, float[] expertness)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        var output = network.call(tensor(input, [1, 1, 32, 32]), tensor(expertness, [1, 3]));
        foreach (var one in new[] { output.Coarse, output.Raters, output.Uncertainty, output.Refined })
            one.DetachFromDisposeScope();
        return output;
    }

    private static float[] Cut(Volume volume, int slice, int x, int y) =>
        [.. from j in Enumerable.Range(y, 32) from i in Enumerable.Range(x, 32) select Normalised(volume.Slice(slice)[j * volume.Grid.Columns + i])];

    private static float Normalised(float value) => (value / 255 - 0.25f) / 0.25f;

    private sealed class Noon : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2024, 5, 6, 12, 0, 0, TimeSpan.Zero);

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}
