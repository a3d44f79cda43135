using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public class ComputePathTests
{
    [Theory]
    [InlineData(true), InlineData(false)]
    public void Single_precision_is_what_the_device_does_best(bool isCpu) => Assert.Null(ComputePath.Of(isCpu, Precision.Float32, hasBFloat16: true));

    [Fact]
    public void A_processor_with_bfloat16_may_use_it() =>
        Assert.Equal(InferencePath.PackedBFloat16, ComputePath.Of(isCpu: true, Precision.BFloat16, hasBFloat16: true));

    [Fact]
    public void A_gpu_may_use_float16() =>
        Assert.Equal(InferencePath.PlainFloat16, ComputePath.Of(isCpu: false, Precision.Float16, hasBFloat16: false));

    [Theory]
    [InlineData(true, Precision.BFloat16, "this processor has no arithmetic for it")]
    [InlineData(true, Precision.Float16, "that is for GPUs")]
    [InlineData(false, Precision.BFloat16, "on a GPU use float16")]
    public void What_the_device_lacks_is_refused_with_what_to_do(bool isCpu, Precision precision, string message) =>
        Assert.Contains(message, Assert.Throws<ResourceLimitException>(() => ComputePath.Of(isCpu, precision, hasBFloat16: false)).Message, StringComparison.Ordinal);
}
