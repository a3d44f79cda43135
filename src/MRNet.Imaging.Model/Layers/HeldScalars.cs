namespace MRNet.Imaging.Model.Layers;

/// <summary>
/// Arithmetic whose numbers outlive the native call. TorchSharp 0.107 makes a Scalar of each number, also of the factor 1
/// in <c>a + b</c>, and lets go of it before libtorch has read it: when garbage is collected just then by another thread, it
/// reads freed memory ("Expected false to be true" in Scalar.h, or a wrong number). Prediction and the losses count through here.
/// </summary>
internal static class HeldScalars
{
    private static readonly Scalar one = 1;

    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, one);

    public static Tensor PlusOne(this Tensor x) => x.add(one, one);

    /// <summary>Overwrites <paramref name="x"/>.</summary>
    public static Tensor Add(this Tensor x, Tensor y) => x.add_(y, one);

    public static Tensor Plus(this Tensor x, double y)
    {
        using Scalar held = y;
        return x.add(held, one);
    }

    public static Tensor Times(this Tensor x, double y)
    {
        using Scalar held = y;
        return x.mul(held);
    }

    /// <summary>What is below <paramref name="least"/> becomes it.</summary>
    public static Tensor AtLeast(this Tensor x, double least)
    {
        using Scalar held = least;
        return x.clamp_min(held);
    }

    public static Tensor Over(this Tensor x, double y)
    {
        using Scalar held = y;
        return x.div(held);
    }

    /// <summary>Overwrites <paramref name="x"/>.</summary>
    public static Tensor LeakyRelu(this Tensor x, double slope)
    {
        using Scalar held = slope;
        return x.leaky_relu_(held);
    }
}
