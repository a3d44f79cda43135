namespace MRNet.Imaging.Torch.Tests;

/// <summary>Comparing tensors.</summary>
internal static class Close
{
    /// <returns>Largest difference as a share of the largest wanted value; NaN where either holds NaN.</returns>
    public static double Difference(Tensor found, Tensor wanted)
    {
        Assert.Equal(wanted.shape, found.shape);
        using var scope = NewDisposeScope();
        var difference = (found.detach().to(ScalarType.Float64) - wanted.detach().to(ScalarType.Float64)).abs().max();
        return (difference / wanted.detach().to(ScalarType.Float64).abs().max()).item<double>();
    }

    public static void To(Tensor wanted, Tensor found, double tolerance = 1e-5)
    {
        var difference = Difference(found, wanted);
        Assert.True(difference <= tolerance, $"off by {difference:0.0e+0} of the largest value");
    }
}
