using System.Runtime.InteropServices;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public class DeviceMemoryTests
{
    /// <summary>A real refusal of libtorch's: 256 TiB.</summary>
    [Fact]
    public void What_libtorch_says_of_too_little_memory_is_a_limit() =>
        Assert.Contains("cpu has not enough memory for 8 slices", Assert.Throws<ResourceLimitException>(() => DeviceMemory.Guard("cpu", 8, () => zeros(1L << 46))).Message, StringComparison.Ordinal);

    [Fact]
    public void What_else_it_says_stays_as_it_is() =>
        Assert.ThrowsAny<ExternalException>(() => DeviceMemory.Guard("cpu", 8, () => zeros(2, 3).mm(zeros(2, 3))));
}
