using System.Formats.Tar;
using System.IO.Compression;
using MRNet.Imaging.Training;
using SkiaSharp;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class CropArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Reads_a_folder_and_an_archive_alike(bool archive)
    {
        Put("b/case-1/images/slice-0.png", Picture(4, 3, 90));
        Put("b/case-1/mask-0/slice-0.png", Picture(4, 3, 0));
        Put("b/case-1/mask-1/slice-0.png", Picture(4, 3, 255));
        Put("a/case-7/images/slice-2.png", Picture(4, 3, 10));
        Put("a/case-7/mask-0/slice-2.png", Picture(4, 3, 127));
        Put("a/case-7/mask-1/slice-2.png", Picture(4, 3, 128));
        Put("a/case-7/images/slice-3.png", Picture(4, 3, 11)); // graded by one rater only: left out
        Put("a/case-7/mask-0/slice-3.png", Picture(4, 3, 0));

        var data = CropArchive.Read(archive ? Archive() : folder["crops"]);

        Assert.Equal((3, 4, 2), (data.Rows, data.Columns, data.Raters));
        Assert.Equal(["a", "b"], data.Slices.Select(slice => slice.Patient));
        Assert.Equal(["a/case-7/images/slice-2.png", "b/case-1/images/slice-0.png"], data.Slices.Select(slice => slice.Name));
        Assert.Equal(Enumerable.Repeat((byte)10, 12), data.Slices[0].Image);
        Assert.Equal([0, 1], data.Slices[0].Masks.Select(mask => mask.Distinct().Single()));
        Assert.Equal([0, 1], data.Slices[1].Masks.Select(mask => mask.Distinct().Single()));
    }

    [Fact]
    public void Pixels_stay_where_they_are()
    {
        var pixels = Enumerable.Range(0, 15).Select(i => (byte)(i * 17)).ToArray();
        Put("p/c/images/s.png", Png(5, 3, pixels));
        Put("p/c/mask-0/s.png", Png(5, 3, [.. pixels.Select(value => (byte)(value > 99 ? 255 : 0))]));

        var slice = CropArchive.Read(folder["crops"]).Slices.Single();

        Assert.Equal(pixels, slice.Image);
        Assert.Equal(pixels.Select(value => (byte)(value > 99 ? 1 : 0)), slice.Masks[0]);
    }

    [Fact]
    public void Refuses_another_layout()
    {
        Put("images/slice.png", Picture(4, 3, 0));

        Assert.Contains("patient/case/images/*.png", Refused(folder["crops"]));
    }

    [Fact]
    public void Refuses_pictures_without_any_mask()
    {
        Put("p/c/images/s.png", Picture(4, 3, 0));

        Assert.Contains("mask-k", Refused(folder["crops"]));
    }

    [Theory]
    [InlineData("images"), InlineData("mask-0")]
    public void Refuses_mixed_sizes(string odd)
    {
        Put("p/c/images/a.png", Picture(4, 3, 0));
        Put("p/c/mask-0/a.png", Picture(4, 3, 0));
        Put("p/c/images/b.png", odd == "images" ? Picture(3, 4, 0) : Picture(4, 3, 0)); // as many pixels, but turned
        Put("p/c/mask-0/b.png", odd == "mask-0" ? Picture(3, 4, 0) : Picture(4, 3, 0));

        Assert.Contains($"p/c/{odd}/b.png is 3 x 4; the first picture is 4 x 3", Refused(folder["crops"]));
    }

    [Fact]
    public void Refuses_a_damaged_picture()
    {
        Put("p/c/images/s.png", [.. "not a picture"u8]);

        Assert.Contains("p/c/images/s.png is not a PNG picture", Refused(folder["crops"]));
    }

    [Fact]
    public void Refuses_an_archive_cut_anywhere()
    {
        Put("p/c/images/s.png", Noise(40, 40));
        Put("p/c/mask-0/s.png", Noise(40, 40));
        var whole = File.ReadAllBytes(Archive());

        for (var share = 1; share < 10; share++)
        {
            File.WriteAllBytes(folder["cut.tar.gz"], whole[..(whole.Length * share / 10)]);
            Refused(folder["cut.tar.gz"]);
        }
    }

    [Fact]
    public void Refuses_what_is_no_archive()
    {
        File.WriteAllText(folder["text.tar.gz"], "hello");

        Assert.Contains("text.tar.gz is not a whole .tar.gz", Refused(folder["text.tar.gz"]));
        Assert.Contains("There is no training data", Refused(folder["absent.tar.gz"]));
    }

    private static string Refused(string path) => Assert.Throws<InvalidImageException>(() => CropArchive.Read(path)).Message;

    private void Put(string name, byte[] content)
    {
        var path = Path.Combine([folder["crops"], .. name.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private string Archive()
    {
        using var zipped = new GZipStream(File.Create(folder["crops.tar.gz"]), CompressionLevel.Optimal);
        TarFile.CreateFromDirectory(folder["crops"], zipped, includeBaseDirectory: false);
        return folder["crops.tar.gz"];
    }

    private static byte[] Picture(int columns, int rows, byte grey) => Png(columns, rows, [.. Enumerable.Repeat(grey, columns * rows)]);

    private static byte[] Noise(int columns, int rows)
    {
        var pixels = new byte[columns * rows];
        new Random(1).NextBytes(pixels);
        return Png(columns, rows, pixels);
    }

    private static byte[] Png(int columns, int rows, byte[] pixels)
    {
        using var bitmap = new SKBitmap(columns, rows, SKColorType.Gray8, SKAlphaType.Opaque);
        for (var y = 0; y < rows; y++)
            pixels.AsSpan(y * columns, columns).CopyTo(bitmap.GetPixelSpan()[(y * bitmap.RowBytes)..]);
        using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }
}
