using TorchSharp.Modules;

namespace MRNet.Imaging.Model.Layers;

/// <summary>
/// Batch normalisation over (B, H, W) whose running statistics can be left alone for a while: the passes of the ground
/// truth through the reconstruction module (Eq. 7, consistency) must not touch them.
/// </summary>
public sealed class BatchNormalisation : Module<Tensor, Tensor>
{
    private const double Momentum = 0.1;

    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;
    private readonly Tensor num_batches_tracked; // counted by torch, kept so that published checkpoints load

    public BatchNormalisation(long channels) : base(nameof(BatchNormalisation))
    {
        weight = Parameter(ones(channels));
        bias = Parameter(zeros(channels));
        running_mean = zeros(channels);
        running_var = ones(channels);
        num_batches_tracked = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>Added to the variance, as in torch.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>While true, training passes normalise by their batch and leave the running statistics as they are.</summary>
    public bool Frozen { get; set; }

    public override Tensor forward(Tensor x) => functional.batch_norm(
        x, running_mean, running_var, weight, bias, training, Frozen ? 0 : Momentum, Epsilon);
}
