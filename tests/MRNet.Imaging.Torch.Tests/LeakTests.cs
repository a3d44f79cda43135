using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Torch.Tests;

/// <summary>What a tensor method returns is the caller's; everything else it made is gone.</summary>
public sealed class LeakTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();
    private readonly MultiRaterNetwork network = Some.Network();

    private static readonly Dictionary<string, (int Tensors, Action<LeakTests> Call)> Methods = new()
    {
        ["Network"] = (4, t => t.network.call(t.Image, t.Expertness)),
        ["Network.CoarseFor"] = (1, t => t.network.CoarseFor(t.Map)),
        ["Network.Refine"] = (4, t => t.network.Refine(t.Map, t.Features, t.Logits)),
        ["CoarseUNet"] = (2, t => t.network.CoarseUNet.call(t.Image, t.Expertness)),
        ["CoarseUNet.Encode"] = (5, t => t.network.CoarseUNet.Encode(t.Image)),
        ["CoarseUNet.Decode"] = (2, t => t.network.CoarseUNet.Decode(t.Maps, t.Expertness)),
        ["Reconstruction"] = (6, t => t.network.Reconstruction.call(t.Image, t.Map, t.Expertness)),
        ["Reconstruction.Encode"] = (5, t => t.network.Reconstruction.Encode(t.Image, t.Map)),
        ["Perception"] = (1, t => t.network.modules().OfType<MultiRaterPerception>().Single().call(t.Features, t.Map, t.Map)),
        ["Convolution2d"] = (1, t => Convolution2d.Convolve(t.Image, t.Weight, null, padding: 1)),
        ["TransposedConvolution"] = (1, t => t.rise.call(t.Features)),
        ["GaussianAttention"] = (1, t => t.network.modules().OfType<GaussianAttention>().Single().call(t.Map)),
        ["GaussianAttention.Blur"] = (1, t => t.network.modules().OfType<GaussianAttention>().Single().Blur(t.Map)),
        ["FreeAttention"] = (1, t => t.free.call(t.Map)),
        ["FreeAttention.Blur"] = (1, t => t.free.Blur(t.Map)),
        ["BatchNormalisation"] = (1, t => t.network.modules().OfType<BatchNormalisation>().First().call(t.Narrow)),
        ["ConvLstmCell"] = (2, t => t.network.modules().OfType<ConvLstmCell>().First().call(t.Maps[4], t.Maps[4], t.Maps[4])),
        ["ConvolutionCheck.Run"] = (0, t => ConvolutionCheck.Run(t.network, 32)),
        ["TrainingLoss"] = (1, t => TrainingLoss.Of(t.network, t.Batch, t.Expertness, new())),
        ["TrainingLoss.CrossEntropy"] = (1, t => TrainingLoss.CrossEntropy(t.Logits, t.Batch.Masks, t.Batch.Present)),
        ["SoftTarget.Of"] = (2, t => SoftTarget.Of(t.Batch, t.Expertness)),
        ["SoftTarget.MajorityVote"] = (2, t => SoftTarget.MajorityVote(t.Batch)),
        ["SoftTarget.OfRater"] = (2, t => SoftTarget.OfRater(t.Batch, 1)),
        ["SoftTarget.OfAnyRater"] = (2, t => SoftTarget.OfAnyRater(t.Batch)),
        ["PlainUNet.Encode"] = (5, t => t.plain.Encode(t.Image)),
        ["PlainUNet"] = (1, t => t.plain.call(t.Image)),
        ["FullyConvolutionalNetwork"] = (1, t => t.fcn.call(t.Image)),
        ["Batches"] = (3, t => _ = new Batches(Some.Discs(2), new() { BatchSize = 2 }).Epoch(0).Single()),
        ["Scoring"] = (0, t => Scoring.Of(Some.Discs(2), new MultiRaterMethod(t.network, new()), CancellationToken.None)),
        ["NetworkWeights"] = (0, t => SaveAndLoad(t.network)),
    };

    private readonly FreeAttention free = new();
    private readonly TransposedConvolution rise = new(16, 3);
    private readonly PlainUNet plain = new(Some.Options(), dropout: 0.5) { Sampling = true };
    private readonly FullyConvolutionalNetwork fcn = new(Some.Options());

    public LeakTests()
    {
        using var off = no_grad();
        plain.eval();
        fcn.eval();
        Maps = network.CoarseUNet.Encode(Image);
        Logits = randn([1, 3, 1, 32, 32]);
    }

    public static TheoryData<string> Names => [.. Methods.Keys];

    private Tensor Image { get; } = rand(1, 1, 32, 32);

    private Tensor Expertness { get; } = full([1, 3], 1f / 3);

    private Tensor Map { get; } = rand(1, 1, 32, 32);

    private Tensor Features { get; } = rand(1, 16, 16, 16);

    private Tensor Narrow { get; } = rand(1, 4, 8, 8);

    private Tensor Weight { get; } = rand(3, 1, 3, 3);

    private Batch Batch { get; } = new(rand(1, 1, 32, 32), zeros([1, 3, 1, 32, 32]), ones([1, 3, 1]));

    private Tensor[] Maps { get; }

    private Tensor Logits { get; }

    [Theory]
    [MemberData(nameof(Names))]
    public void Leaves_only_what_it_returns(string method)
    {
        var (tensors, call) = Methods[method];
        using var off = no_grad();
        using var scope = NewDisposeScope();

        call(this);

        Assert.Equal(tensors, scope.DisposablesCount);
    }

    [Fact]
    public void Training_steps_leave_nothing()
    {
        using var trainer = new Trainer(new MultiRaterMethod(network, new()), new() { BatchSize = 4 }, steps: 10);
        using var batch = new Batches(Some.Discs(4), new() { BatchSize = 4 }).Epoch(0).Single();
        trainer.Step(batch);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;

        for (var i = 0; i < 3; i++)
            trainer.Step(batch);

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>
    /// Twenty requests first, so that every thread, kernel and buffer is there. One kept map of 32 x 32 pixels per request
    /// would be 0.8 MB, a leaked pass 10 MB and more; the allocators' own coming and going is below 30 MB.
    /// </summary>
    [Fact]
    public void Two_hundred_requests_leave_no_tensor_and_memory_stays()
    {
        using var folder = new TemporaryFolder();
        using var model = LoadedModel.Load(Some.Model(folder, network, Some.Descriptor()));
        var segmenter = new Segmenter(model, TimeProvider.System, threads: new(2));
        var volume = Some.Volume(64, 64, slices: 3);
        void Requests(int count)
        {
            for (var i = 0; i < count; i++)
                segmenter.Segment(volume, new() { Quality = i % 4 == 0 ? Quality.Preview : Quality.Full }, null, CancellationToken.None);
        }

        Requests(20);
        var (tensors, memory) = (Tensor.TotalCount, Environment.WorkingSet);
        Requests(200);

        Assert.Equal(tensors, Tensor.TotalCount);
        Assert.InRange(Environment.WorkingSet - memory, long.MinValue, 30_000_000);
    }

    public void Dispose()
    {
        network.Dispose();
        free.Dispose();
        rise.Dispose();
        plain.Dispose();
        fcn.Dispose();
        kept.Dispose();
    }

    private static void SaveAndLoad(MultiRaterNetwork network)
    {
        using var folder = new TemporaryFolder();
        NetworkWeights.Save(network, folder["w"], floats: ScalarType.Float16);
        using var file = SafetensorsFile.Open(folder["w"]);
        NetworkWeights.Load(network, file);
    }
}
