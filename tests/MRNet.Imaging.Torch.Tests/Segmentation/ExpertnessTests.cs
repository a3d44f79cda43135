using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public sealed class ExpertnessTests
{
    private static readonly string[] Raters = ["Ann", "Bob"];

    [Fact]
    public void Nothing_given_is_equal_weights() => Assert.Equal([0.5f, 0.5f], Expertness.Of(null, Raters));

    [Fact]
    public void Weights_are_made_to_sum_to_1()
    {
        Assert.Equal([0.25f, 0.75f], Expertness.Of([1, 3], Raters));
        Assert.Equal([1, 0], Expertness.Of([7, 0], Raters));
        Assert.Equal([0.5f, 0.5f], Expertness.Of([float.MaxValue, float.MaxValue], Raters)); // their sum is beyond a float
    }

    [Theory]
    [InlineData(new float[] { 1 }, "has 1 weights; the model has 2 raters (Ann, Bob)")]
    [InlineData(new float[] { 1, 1, 1 }, "has 3 weights")]
    [InlineData(new float[] { }, "has 0 weights")]
    [InlineData(new[] { 1, -0.5f }, "is 1,-0.5; each weight must be 0 or more")]
    [InlineData(new[] { 1, float.NaN }, "is 1,NaN")]
    [InlineData(new[] { float.PositiveInfinity, 1 }, "is Infinity,1")]
    [InlineData(new float[] { 0, 0 }, "is 0,0; at least one weight must be above 0")]
    public void Refuses_anything_else(float[] weights, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidImageException>(() => Expertness.Of(weights, Raters)).Message);
}
