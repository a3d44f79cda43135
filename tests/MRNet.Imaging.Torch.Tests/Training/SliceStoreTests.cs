using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class SliceStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Beyond_the_limit_slices_come_back_from_a_file_that_is_gone_afterwards()
    {
        var slices = Enumerable.Range(0, 5).Select(i => new SlicePixels([.. Enumerable.Range(0, 64).Select(p => (ushort)(1000 * i + p))], [(byte)i, 7, 9])).ToArray();

        using (var store = new SliceStore(limit: 2 * (64 * 2 + 3), folder["cache"]))
        {
            var reads = slices.Select(store.Add).ToArray();

            Assert.Equal(3 * (64 * 2 + 3), store.InFile);
            foreach (var (slice, read) in slices.Zip(reads))
            {
                Assert.Equal(slice.Image, read().Image);
                Assert.Equal(slice.Marks, read().Marks);
            }
        }

        Assert.False(File.Exists(folder["cache"]));
    }

    [Fact]
    public void Says_what_to_do_where_the_file_cannot_be_written()
    {
        using var store = new SliceStore(limit: 0, Path.Combine(folder["absent"], "cache"));

        Assert.Contains("raise memoryMb", Assert.Throws<ResourceLimitException>(() => store.Add(new([1], [0]))).Message);
    }
}
