using MRNet.Imaging.Pictures;
using SkiaSharp;

namespace MRNet.Imaging.Tests.Pictures;

public class PictureTests
{
    [Theory]
    [InlineData(1), InlineData(3)]
    public void A_png_comes_back_to_the_last_bit(int channels)
    {
        using var folder = new TemporaryFolder();
        var picture = Picture(5, 3, channels);

        PictureWriter.Write(folder["a.png"], picture);
        var back = PictureReader.Read(folder["a.png"], new() { Modality = "OP" });

        Assert.Equal((channels, "OP", false), (back.Channels, back.Modality, back.Grid.HasPatientSpace));
        Assert.Equal(picture.Samples, back.Samples);
        Assert.Empty(back.Notes);
    }

    [Fact]
    public void A_mask_is_written_grey()
    {
        using var folder = new TemporaryFolder();

        PictureWriter.Write(folder["a.png"], 3, 1, (byte[])[0, 255, 7]);

        Assert.Equal([0f, 255, 7], PictureReader.Read(folder["a.png"]).Samples);
        Assert.Equal(["a.png"], folder.Names);
    }

    [Fact]
    public void Reads_a_jpeg_in_colour_and_in_grey()
    {
        var colour = PictureReader.Read(Encoded(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888));
        var grey = PictureReader.Read(Encoded(SKEncodedImageFormat.Jpeg, SKColorType.Gray8));

        Assert.Equal((3, 16, 8), (colour.Channels, colour.Grid.Columns, colour.Grid.Rows));
        Assert.Equal(1, grey.Channels);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public void Turns_a_jpeg_upright_as_exif_says(int orientation)
    {
        var stored = WithOrientation(Encoded(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888), orientation);

        var volume = PictureReader.Read(stored);

        // The bright corner is stored top left; EXIF says where row 0 and column 0 belong.
        var (right, bottom) = orientation switch { 1 or 5 => (false, false), 2 or 6 => (true, false), 3 or 7 => (true, true), _ => (false, true) };
        var (x, y) = (right ? volume.Grid.Columns - 2 : 1, bottom ? volume.Grid.Rows - 2 : 1);
        Assert.Equal(orientation >= 5 ? (8, 16) : (16, 8), (volume.Grid.Columns, volume.Grid.Rows));
        Assert.InRange(volume.Slice(0)[y * volume.Grid.Columns + x], 200, 255);
        Assert.InRange(volume.Slice(0).ToArray().Average(), 0, 100);
    }

    [Fact]
    public void Notes_what_is_lost()
    {
        using var deep = new SKBitmap(new SKImageInfo(4, 4, SKColorType.RgbaF16, SKAlphaType.Unpremul));
        deep.Erase(new SKColor(10, 20, 30, 128));
        using var data = deep.Encode(SKEncodedImageFormat.Png, 100);

        var volume = PictureReader.Read(data.ToArray());

        Assert.Contains(volume.Notes, note => note.Contains("16 bits per sample", StringComparison.Ordinal));
        Assert.Contains(volume.Notes, note => note.Contains("transparency was dropped", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png), InlineData(SKEncodedImageFormat.Jpeg)]
    public void A_picture_cut_short_is_refused_wherever_it_is_cut(SKEncodedImageFormat format)
    {
        var whole = Encoded(format, SKColorType.Rgba8888);

        for (var length = 0; length < whole.Length - (format == SKEncodedImageFormat.Png ? 8 : 0); length++)
            Assert.Throws<InvalidImageException>(() => PictureReader.Read(whole[..length]));
    }

    [Fact]
    public void The_end_of_a_thumbnail_is_not_the_end_of_the_picture()
    {
        var picture = Encoded(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888);
        byte[] whole = [.. picture[..2], 0xff, 0xe1, (byte)((picture.Length + 2) >> 8), (byte)(picture.Length + 2), .. picture, .. picture[2..]];

        Assert.Equal(16, PictureReader.Read(whole).Grid.Columns);
        Assert.Throws<InvalidImageException>(() => PictureReader.Read(whole[..^20]));
    }

    [Fact]
    public void A_picture_over_the_limit_is_refused_before_it_is_decoded()
    {
        var bytes = Encoded(SKEncodedImageFormat.Png, SKColorType.Rgba8888);

        var error = Assert.Throws<ResourceLimitException>(() => PictureReader.Read(bytes, new() { MaxPixels = 127 }));

        Assert.Contains("16 x 8 pixels; at most 127", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_format_is_refused_by_name()
    {
        Assert.Contains("GIF", Assert.Throws<UnsupportedImageException>(() => PictureReader.Read("GIF89a"u8.ToArray())).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidImageException>(() => PictureReader.Read("hello"u8.ToArray()));
    }

    [Fact]
    public void No_damage_brings_a_foreign_exception()
    {
        byte[][] seeds = [Encoded(SKEncodedImageFormat.Png, SKColorType.Rgba8888), Encoded(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888), Encoded(SKEncodedImageFormat.Png, SKColorType.Gray8)];
        var random = new Random(3);
        var refused = 0;

        for (var n = 0; n < 2000; n++)
        {
            byte[] mutant = [.. seeds[n % seeds.Length]];
            for (var changes = random.Next(1, 4); changes > 0; changes--)
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

        Assert.InRange(refused, 200, 2000);
    }

    [Fact]
    public void Reads_the_fundus_photographs()
    {
        var photograph = Directory.GetFiles(Shared.Data("fundus", "idrid"), "*.jpg").Order().First();

        var volume = PictureReader.Read(photograph);

        Assert.Equal(3, volume.Channels);
        Assert.InRange(volume.Samples.Max(), 100, 255);
    }

    private static Volume Picture(int columns, int rows, int channels) =>
        new(Grid.OfPixels(columns, rows), [.. Enumerable.Range(0, columns * rows * channels).Select(i => (float)(i * 5 % 256))], channels);

    /// <summary>16 x 8, dark but for the top left corner.</summary>
    private static byte[] Encoded(SKEncodedImageFormat format, SKColorType type)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(16, 8, type, SKAlphaType.Opaque));
        bitmap.Erase(new SKColor(20, 20, 20));
        for (var y = 0; y < 4; y++)
            for (var x = 0; x < 4; x++)
                bitmap.SetPixel(x, y, new SKColor(250, 250, 250));
        using var data = bitmap.Encode(format, 95);
        return data.ToArray();
    }

    /// <summary>Puts an APP1 segment with one tag, 0x0112, behind the start mark.</summary>
    private static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif = [.. "Exif\0\0"u8, .. "MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
        return [.. jpeg[..2], 0xff, 0xe1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }
}
