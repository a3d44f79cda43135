using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Torch.Tests.Segmentation;

public class WorkingMemoryTests
{
    [Theory]
    [InlineData(0.1, 1)]   // never none
    [InlineData(2, 1)]
    [InlineData(8.1, 4)]
    [InlineData(1e9, 1024)]
    public void Half_of_what_is_free_is_filled(double slices, int wanted)
    {
        var options = Some.Options(width: 64);
        var free = (long)(slices * WorkingMemory.BytesOfSlice(options, 256));

        Assert.Equal(wanted, WorkingMemory.Fitting(free, options, 256));
    }

    [Fact]
    public void Batches_need_as_much_as_their_slices()
    {
        var options = Some.Options(width: 64);

        Assert.Equal(2, WorkingMemory.Fitting(32 * WorkingMemory.BytesOfSlice(options, 256), options, 256, batch: 8));
    }

    [Fact]
    public void Something_is_free_now() => Assert.InRange(WorkingMemory.Free, 1, long.MaxValue);
}
