using MRNet.Imaging.Model.Layers;
using TorchSharp.Modules;

namespace MRNet.Imaging.Model;

/// <summary>Soft(A) = max(Gauss(A), A): an attention map that reaches a little beyond what it marks (Ji et al. Eq. 4).</summary>
internal abstract class SoftAttention(string name) : Module<Tensor, Tensor>(name)
{
    /// <param name="maps">(B, M, H, W), each 0..1</param>
    /// <returns>(B, M, H, W)</returns>
    public override Tensor forward(Tensor maps)
    {
        using var scope = NewDisposeScope();
        return maximum(Blur(maps), maps).MoveToOuterDisposeScope();
    }

    /// <param name="maps">(B, M, H, W)</param>
    /// <returns>(B, M, H, W): every map filtered by the same kernel, zero beyond the border.</returns>
    public abstract Tensor Blur(Tensor maps);

    /// <summary>Another one with the same weights.</summary>
    public SoftAttention Copy()
    {
        using var scope = NewDisposeScope();
        var copy = Fresh();
        copy.to(parameters().First().device);
        copy.load_state_dict(state_dict());
        foreach (var weight in copy.parameters())
            weight.DetachFromDisposeScope();
        return copy;
    }

    private protected abstract SoftAttention Fresh();
}

/// <summary>
/// The paper's kernel: standard deviation and size are learned, from 4 and 32 pixels. The size is a smooth cut-off, so
/// that it has a gradient. A separable filter over a bounded picture is a matrix product from each side.
/// </summary>
internal sealed class GaussianAttention : SoftAttention
{
    private const float InitialSigma = 4;
    private const float InitialSize = 32;

    /// <summary>Pixels over which the cut-off falls.</summary>
    private const float Softness = 1;

    private readonly Parameter sigma;
    private readonly Parameter size;

    public GaussianAttention() : base(nameof(GaussianAttention))
    {
        sigma = Parameter(tensor(InitialSigma));
        size = Parameter(tensor(InitialSize));
        RegisterComponents();
    }

    private protected override SoftAttention Fresh() => new GaussianAttention();

    public override Tensor Blur(Tensor maps)
    {
        using var scope = NewDisposeScope();
        var down = Filter(maps.size(2), maps.device);
        var across = Filter(maps.size(3), maps.device);
        return matmul(matmul(down, maps), across).MoveToOuterDisposeScope();
    }

    /// <returns>(n, n), symmetric: element (i, j) is the kernel at distance i - j, the whole kernel summing to 1.</returns>
    private Tensor Filter(long n, Device device)
    {
        using var scope = NewDisposeScope();

        var at = HeldScalars.Count(0, n, device);
        var values = Kernel((at.unsqueeze(0) - at.unsqueeze(1)).abs()); // (n, n)
        var whole = Kernel(HeldScalars.Count(-Reach, Reach + 1, device).abs()).sum();
        return (values / whole).MoveToOuterDisposeScope();
    }

    /// <summary>Far enough for any size the kernel may learn; what lies beyond is below 1e-6 of the peak.</summary>
    private const int Reach = 128;

    private Tensor Kernel(Tensor distance)
    {
        using var scope = NewDisposeScope();
        var bell = (-(distance / sigma).Squared()).Over(2).exp();
        var window = (size.Over(2) - distance).Over(Softness).sigmoid();
        return (bell * window).MoveToOuterDisposeScope();
    }
}

/// <summary>
/// The published code's kernel: 31 x 31 free weights, and the filtered map stretched to 0..1. The filter runs on 8 x 8
/// phases of the picture as channels: 64 channels and 5 x 5 taps instead of one channel and 31 x 31.
/// </summary>
internal sealed class FreeAttention : SoftAttention
{
    private const int Size = 31;
    private const int Phases = 8;
    private const int Taps = 5; // (31 + 8 - 1) / 8, rounded up

    private readonly Parameter gaussian_kernel;

    public FreeAttention() : base(nameof(FreeAttention))
    {
        gaussian_kernel = Parameter(InitialKernel());
        RegisterComponents();
    }

    public override Tensor forward(Tensor maps)
    {
        using var scope = NewDisposeScope();

        var blurred = Blur(maps);
        var (low, high) = (blurred.amin([2, 3], keepdim: true), blurred.amax([2, 3], keepdim: true));
        return maximum((blurred - low) / (high - low).Plus(1e-8), maps).MoveToOuterDisposeScope();
    }

    private protected override SoftAttention Fresh() => new FreeAttention();

    public override Tensor Blur(Tensor maps)
    {
        using var scope = NewDisposeScope();

        var each = maps.reshape(-1, 1, maps.size(2), maps.size(3));               // (B M, 1, H, W)
        var phases = functional.pixel_unshuffle(each, Phases);                    // (B M, 64, H/8, W/8)
        var y = Layers.Convolution2d.Convolve(phases, PhaseKernel(), null, padding: Taps / 2);
        return functional.pixel_shuffle(y, Phases).reshape(maps.shape).MoveToOuterDisposeScope();
    }

    /// <returns>(64, 64, 5, 5): the tap from each phase of the input to each phase of the output.</returns>
    private Tensor PhaseKernel()
    {
        using var scope = NewDisposeScope();
        var withZero = cat([gaussian_kernel.flatten(), zeros(1, device: gaussian_kernel.device)]);
        return withZero.index_select(0, tensor(PhaseIndex, device: gaussian_kernel.device))
            .reshape(Phases * Phases, Phases * Phases, Taps, Taps)
            .MoveToOuterDisposeScope();
    }

    /// <summary>For each element of the phase kernel, which of the 31 x 31 weights it is; 961 where none.</summary>
    private static readonly long[] PhaseIndex =
    [
        .. from py in Enumerable.Range(0, Phases) from px in Enumerable.Range(0, Phases)
           from qy in Enumerable.Range(0, Phases) from qx in Enumerable.Range(0, Phases)
           from ky in Enumerable.Range(0, Taps) from kx in Enumerable.Range(0, Taps)
           select Weight(Offset(py, qy, ky), Offset(px, qx, kx)),
    ];

    /// <summary>How far the input pixel lies from the output pixel, from 0 at the kernel's first weight.</summary>
    private static int Offset(int output, int input, int tap) => Phases * (tap - Taps / 2) + input - output + Size / 2;

    private static long Weight(int y, int x) => y is >= 0 and < Size && x is >= 0 and < Size ? y * Size + x : Size * Size;

    /// <summary>A Gaussian whose effective standard deviation is 5.2 pixels, as the published code starts from.</summary>
    private static Tensor InitialKernel()
    {
        using var scope = NewDisposeScope();
        var bell = (-HeldScalars.Count(-(Size / 2), Size / 2 + 1).Over(5.2).Squared()).Over(2).exp();
        bell /= bell.sum();
        return outer(bell, bell).reshape(1, 1, Size, Size).MoveToOuterDisposeScope();
    }
}
