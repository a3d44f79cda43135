using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Model;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation.Sessions;

public sealed class SessionMemoryTests : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    private readonly TemporaryFolder folder = new();
    private readonly MultiRaterNetwork network = Some.Network(Some.Options(raters: 3, structures: 2));
    private readonly FakeTimeProvider clock = new();
    private readonly List<IDisposable> open = [];

    public void Dispose()
    {
        open.ForEach(one => one.Dispose());
        network.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(Framing.Window, 1), InlineData(Framing.Window, 3), InlineData(Framing.Resize, 1)]
    public void Other_weights_from_kept_features_say_what_a_fresh_run_says(Framing framing, int batch)
    {
        var (segmenter, volume) = (Segmenter(framing, batch), Some.Volume(56, 48, slices: 4));
        var session = Memory().Add("a", volume, 0);
        Run(segmenter, session, new());
        var misses = session.Memory.Misses;

        var kept = Run(segmenter, session, new() { Expertness = [1, 2, 5] });
        var coarse = Run(segmenter, session, new() { Expertness = [1, 2, 5], Quality = Quality.Preview });

        Assert.Equal(misses, session.Memory.Misses);
        Same(segmenter.Segment(volume, new() { Expertness = [1, 2, 5] }, null, CancellationToken.None), kept);
        Same(segmenter.Segment(volume, new() { Expertness = [1, 2, 5], Quality = Quality.Preview }, null, CancellationToken.None), coarse);
    }

    [Fact]
    public void Another_threshold_runs_no_network()
    {
        var (segmenter, volume, memory) = (Segmenter(), Some.Volume(32, 32, slices: 3), Memory());
        var session = memory.Add("a", volume, 0);
        Run(segmenter, session, new() { Expertness = [1, 2, 5] });
        var before = (memory.Hits, memory.Misses);

        var run = segmenter.Begin(volume, new() { Expertness = [1, 2, 5], Threshold = 0.3 }, session.Memory);

        Assert.Equal(0, run.Left);
        Same(segmenter.Segment(volume, new() { Expertness = [1, 2, 5], Threshold = 0.3 }, null, CancellationToken.None), run.Result(0));
        Assert.Equal(before, (memory.Hits, memory.Misses));
    }

    [Fact]
    public void Maps_that_were_calibrated_are_no_answer_to_who_wants_them_as_the_network_says_but_the_features_are()
    {
        var (segmenter, volume) = (Segmenter(temperature: 2), Some.Volume(32, 32, slices: 3));
        var session = Memory().Add("a", volume, 0);
        var calibrated = Run(segmenter, session, new());
        var misses = session.Memory.Misses;

        var plain = Run(segmenter, session, new() { Uncalibrated = true });

        Assert.Equal((misses, 2, 1), (session.Memory.Misses, calibrated.Provenance.Temperature, plain.Provenance.Temperature));
        Assert.NotEqual(calibrated.Maps.Probability, plain.Maps.Probability);
        Same(segmenter.Segment(volume, new() { Uncalibrated = true }, null, CancellationToken.None), plain);
    }

    [Fact]
    public void Slices_in_any_order_say_the_same_and_none_is_computed_twice()
    {
        var (segmenter, volume) = (Segmenter(), Some.Volume(32, 32, slices: 5));
        var session = Memory().Add("a", volume, 0);
        var run = segmenter.Begin(volume, new(), session.Memory);

        run.Compute([3, 1, 99], null, CancellationToken.None);
        var part = run.Part(3, 1, 0);
        var again = segmenter.Begin(volume, new(), session.Memory);
        again.Compute(again.Slices, null, CancellationToken.None);

        Assert.Equal(5, session.Memory.Misses);
        var fresh = segmenter.Segment(volume, new(), null, CancellationToken.None);
        Same(fresh, again.Result(0));
        Assert.Equal(fresh.Maps.Probability[1].AsSpan(3 * 1024, 1024).ToArray(), part.Maps.Probability[1]);
        Assert.Equal(new VoxelBox(0, 0, 3, 32, 32, 1), part.Maps.Box);
    }

    [Fact]
    public void Fewer_slices_of_the_same_part_use_what_is_kept_and_another_part_does_not()
    {
        var (segmenter, volume) = (Segmenter(), Some.Volume(64, 64, slices: 4));
        var session = Memory().Add("a", volume, 0);
        Run(segmenter, session, new() { Region = Region.OfVoxels(new(8, 8, 0, 32, 32, 4)) });

        Run(segmenter, session, new() { Region = Region.OfVoxels(new(8, 8, 1, 32, 32, 2)) });
        var afterFewer = session.Memory.Misses;
        var moved = Run(segmenter, session, new() { Region = Region.OfVoxels(new(16, 8, 1, 32, 32, 2)) });

        Assert.Equal((4, 6), (afterFewer, session.Memory.Misses));
        Same(segmenter.Segment(volume, new() { Region = Region.OfVoxels(new(16, 8, 1, 32, 32, 2)) }, null, CancellationToken.None), moved);
    }

    [Fact]
    public void What_has_no_room_is_computed_again_and_the_bound_holds()
    {
        var (segmenter, volume) = (Segmenter(), Some.Volume(32, 32, slices: 6));
        var all = BytesOf(segmenter, volume);
        var memory = Memory(all - 1);
        var session = memory.Add("a", volume, 0);

        Run(segmenter, session, new());
        var bytes = memory.Bytes;
        var kept = Run(segmenter, session, new() { Expertness = [1, 0, 0] });

        Assert.InRange(bytes, all / 2, all - 1);
        Assert.InRange(memory.Bytes, all / 2, all - 1);
        Assert.InRange(session.Memory.Misses, 7, 11);
        Same(segmenter.Segment(volume, new() { Expertness = [1, 0, 0] }, null, CancellationToken.None), kept);
    }

    [Fact]
    public void Where_room_is_short_the_slices_on_the_screen_are_kept()
    {
        var (segmenter, volume) = (Segmenter(), Some.Volume(32, 32, slices: 6));
        var session = Memory(BytesOf(segmenter, volume) / 2).Add("a", volume, 0);
        session.Memory.Prefer(new HashSet<int> { 5 });
        Run(segmenter, session, new());
        var misses = session.Memory.Misses;

        segmenter.Begin(volume, new() { Expertness = [1, 0, 0] }, session.Memory).Compute([5], null, CancellationToken.None);

        Assert.Equal(misses, session.Memory.Misses);
    }

    [Fact]
    public void Nothing_kept_at_all_is_no_error()
    {
        var (segmenter, volume, memory) = (Segmenter(), Some.Volume(32, 32, slices: 2), Memory(0));
        var session = memory.Add("a", volume, 1);

        Same(segmenter.Segment(volume, new(), null, CancellationToken.None), Run(segmenter, session, new()));
        Assert.Equal((0, 0L), (memory.Count, memory.Bytes));
        Assert.Null(memory.Find("a"));
    }

    [Fact]
    public void The_session_not_asked_for_longest_goes_first()
    {
        var memory = Memory(300);
        foreach (var key in new[] { "a", "b", "c" })
        {
            memory.Add(key, Some.Volume(8, 8), 100);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.NotNull(memory.Find("a"));
        clock.Advance(TimeSpan.FromSeconds(1));
        memory.Add("d", Some.Volume(8, 8), 150);

        Assert.Equal([true, false, false, true], new[] { "a", "b", "c", "d" }.Select(key => memory.Find(key) is not null));
        Assert.Equal(250, memory.Bytes);
    }

    [Fact]
    public void One_larger_than_the_bound_pushes_nobody_out()
    {
        var memory = Memory(300);
        memory.Add("a", Some.Volume(8, 8), 200);

        memory.Add("b", Some.Volume(8, 8), 301);

        Assert.NotNull(memory.Find("a"));
        Assert.Null(memory.Find("b"));
    }

    [Fact]
    public void A_session_that_nobody_asks_for_is_dropped_after_its_time()
    {
        var memory = Memory();
        memory.Add("a", Some.Volume(8, 8), 100);
        memory.Add("b", Some.Volume(8, 8), 100);

        clock.Advance(Idle / 2);
        memory.Find("a");
        clock.Advance(Idle / 2);

        Assert.Equal((1, 100L), (memory.Count, memory.Bytes));
        Assert.NotNull(memory.Find("a"));
    }

    [Fact]
    public void A_session_released_while_it_is_computed_ends_well_and_keeps_nothing()
    {
        var (segmenter, volume, memory) = (Segmenter(), Some.Volume(32, 32, slices: 6), Memory());
        var session = memory.Add("a", volume, 0);
        var run = segmenter.Begin(volume, new(), session.Memory);

        run.Compute(run.Slices, new Now(() => memory.Release("a")), CancellationToken.None);

        Same(segmenter.Segment(volume, new(), null, CancellationToken.None), run.Result(0));
        Assert.Equal((0, 0L, 0L), (memory.Count, memory.Bytes, session.Memory.Bytes));
    }

    [Fact]
    public void A_run_broken_off_keeps_its_whole_slices()
    {
        var (segmenter, volume) = (Segmenter(), Some.Volume(56, 48, slices: 5));
        var session = Memory().Add("a", volume, 0);
        using var stop = new CancellationTokenSource();
        var run = segmenter.Begin(volume, new(), session.Memory);

        Assert.ThrowsAny<OperationCanceledException>(() => run.Compute(run.Slices, new Now(stop.Cancel), stop.Token));
        Assert.InRange(run.Left, 1, 4);

        Same(segmenter.Segment(volume, new(), null, CancellationToken.None), Run(segmenter, session, new()));
    }

    [Fact]
    public void Dropped_sessions_leave_no_tensor()
    {
        var (segmenter, volume, memory) = (Segmenter(), Some.Volume(56, 48, slices: 3), Memory());
        Run(segmenter, memory.Add("a", volume, 0), new());
        memory.Release("a");
        var before = Tensor.TotalCount;

        for (var i = 0; i < 3; i++)
        {
            var session = memory.Add("a", volume, 0);
            Run(segmenter, session, new());
            Run(segmenter, session, new() { Expertness = [i, 1, 1] });
        }

        Assert.True(Tensor.TotalCount > before);
        memory.Release("a");
        Assert.Equal(before, Tensor.TotalCount);
    }

    private SessionMemory<string, Volume> Memory(long limit = 1 << 30)
    {
        var memory = new SessionMemory<string, Volume>(limit, Idle, clock);
        open.Add(memory);
        return memory;
    }

    private Segmenter Segmenter(Framing framing = Framing.Window, int batch = 1, double temperature = 1)
    {
        var model = LoadedModel.Load(Some.Model(folder, network, Some.Descriptor(network.Options, Some.Preparation(framing)) with { Temperature = temperature }));
        open.Add(model);
        return new(model, TimeProvider.System, batch, new(1));
    }

    private long BytesOf(Segmenter segmenter, Volume volume)
    {
        var memory = Memory();
        Run(segmenter, memory.Add("all", volume, 0), new());
        return memory.Bytes;
    }

    private static SegmentationResult Run(Segmenter segmenter, Session<Volume> session, SegmentationRequest request)
    {
        var run = segmenter.Begin(session.Image, request, session.Memory);
        run.Compute(run.Slices, null, CancellationToken.None);
        return run.Result(0);
    }

    private static void Same(SegmentationResult expected, SegmentationResult found)
    {
        Assert.Equal(expected.Maps.Box, found.Maps.Box);
        Assert.Equal(expected.Masks, found.Masks);
        Assert.Equal(expected.Maps.Probability, found.Maps.Probability);
        Assert.Equal(expected.Maps.Uncertainty, found.Maps.Uncertainty);
        Assert.Equal(expected.Maps.RaterProbability, found.Maps.RaterProbability);
    }

    private sealed class Now(Action does) : IProgress<SegmentationProgress>
    {
        public void Report(SegmentationProgress value) => does();
    }
}
