namespace MRNet.Imaging.Model.Layers;

/// <summary>
/// Arithmetic whose numbers outlive the native call. TorchSharp 0.107 makes a Scalar of each number, also of the factor 1
/// in <c>a + b</c>, and lets go of it before libtorch has read it: when garbage is collected just then by another thread, it
/// reads freed memory ("Expected false to be true" in Scalar.h, or a wrong number). BannedSymbols.Torch.txt keeps all others out.
/// </summary>
internal static class HeldScalars
{
    private static readonly Scalar one = 1.ToScalar();

    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, one);

    public static Tensor PlusOne(this Tensor x) => x.add(one, one);

    /// <summary>Overwrites <paramref name="x"/>.</summary>
    public static Tensor Add(this Tensor x, Tensor y) => x.add_(y, one);

    public static Tensor Plus(this Tensor x, double y)
    {
        using var held = y.ToScalar();
        return x.add(held, one);
    }

    public static Tensor Times(this Tensor x, double y)
    {
        using var held = y.ToScalar();
        return x.mul(held);
    }

    public static Tensor Squared(this Tensor x) => x * x;

    /// <summary>What is below <paramref name="least"/> becomes it.</summary>
    public static Tensor AtLeast(this Tensor x, double least)
    {
        using var held = least.ToScalar();
        return x.clamp_min(held);
    }

    public static Tensor Between(this Tensor x, double least, double most)
    {
        using var low = least.ToScalar();
        using var high = most.ToScalar();
        return x.clamp(low, high);
    }

    public static Tensor Over(this Tensor x, double y)
    {
        using var held = y.ToScalar();
        return x.div(held);
    }

    /// <summary>Overwrites <paramref name="x"/>.</summary>
    public static Tensor LeakyRelu(this Tensor x, double slope)
    {
        using var held = slope.ToScalar();
        return x.leaky_relu_(held);
    }

    /// <summary>Overwrites <paramref name="x"/>.</summary>
    public static Tensor Fill(this Tensor x, double value)
    {
        using var held = value.ToScalar();
        return x.fill_(held);
    }

    /// <returns>(to - from), float32: from, from + 1 and so on, to left out.</returns>
    public static Tensor Count(long from, long to, Device? device = null)
    {
        using var first = from.ToScalar();
        using var end = to.ToScalar();
        return arange(first, end, one, ScalarType.Float32, device);
    }

    public static Tensor Constant(long[] shape, double value, Device? device = null) => empty(shape, device: device).Fill(value);
}
