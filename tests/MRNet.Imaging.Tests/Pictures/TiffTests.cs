using BitMiracle.LibTiff.Classic;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Tests.Pictures;

public sealed class TiffTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder["a.tif"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Compression.NONE), InlineData(Compression.LZW), InlineData(Compression.DEFLATE), InlineData(Compression.PACKBITS)]
    public void A_grey_mask_keeps_every_value(Compression compression)
    {
        byte[] mask = [0, 128, 255, 7, 1, 254];
        SomeTiff.Write(File, 3, 2, 1, mask, compression);

        var volume = PictureReader.Read(File);

        Assert.Equal((1, 3, 2), (volume.Channels, volume.Grid.Columns, volume.Grid.Rows));
        Assert.Equal(mask.Select(value => (float)value), volume.Samples);
        Assert.Equal(volume.Grid, PictureReader.ReadGrid(File));
    }

    [Fact]
    public void A_photograph_is_three_planes_and_upright()
    {
        SomeTiff.Write(File, 2, 1, 3, [10, 20, 30, 40, 50, 60], orientation: 2); // stored mirrored

        var volume = PictureReader.Read(File, new() { Modality = "OP" });

        Assert.Equal((3, "OP"), (volume.Channels, volume.Modality));
        Assert.Equal([40f, 10, 50, 20, 60, 30], volume.Samples);
    }

    [Fact]
    public void Rows_for_columns_and_too_many_pixels_are_refused()
    {
        SomeTiff.Write(File, 2, 1, 1, [1, 2], orientation: 6);
        Assert.Contains("orientation is 6", Assert.Throws<UnsupportedImageException>(() => PictureReader.Read(File)).Message, StringComparison.Ordinal);

        SomeTiff.Write(File, 4, 4, 1, new byte[16]);
        Assert.Contains("4 x 4 pixels; at most 15", Assert.Throws<ResourceLimitException>(() => PictureReader.Read(File, new() { MaxPixels = 15 })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_damage_brings_a_foreign_exception()
    {
        SomeTiff.Write(File, 16, 8, 3, [.. Enumerable.Range(0, 384).Select(i => (byte)(i * 7))]);
        var whole = System.IO.File.ReadAllBytes(File);
        var (random, refused) = (new Random(3), 0);

        for (var n = 0; n < 1500; n++)
        {
            byte[] mutant = n < whole.Length ? whole[..n] : [.. whole];
            for (var changes = random.Next(1, 4); changes > 0 && mutant.Length > 0; changes--)
                mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            try
            {
                PictureReader.Read(mutant, new() { MaxPixels = 1 << 20 });
            }
            catch (ImagingException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 1499);
    }
}
