using MRNet.Imaging.DataSets;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Tests.DataSets;

/// <summary>Small data sets in a temporary folder.</summary>
internal static class SomeData
{
    public static MultiRaterDataSet Open(string path) => MultiRaterDataSet.Open(path, TestContext.Current.CancellationToken);

    public static RaterMasks Masks(this MultiRaterCase one) => one.ReadMasks(TestContext.Current.CancellationToken);

    public static Volume Image(this MultiRaterCase one) => one.ReadImage(TestContext.Current.CancellationToken);

    /// <summary>A grey PNG; folders are made.</summary>
    public static void Png(string path, int columns, int rows, params byte[] pixels)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PictureWriter.Write(path, columns, rows, pixels.Length == 1 ? [.. Enumerable.Repeat(pixels[0], columns * rows)] : pixels);
    }

    /// <summary>A colour PNG.</summary>
    public static Volume Photograph(string path, int columns, int rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var picture = new Volume(Grid.OfPixels(columns, rows), [.. Enumerable.Range(0, 3 * columns * rows).Select(i => (float)(i * 7 % 256))], 3);
        PictureWriter.Write(path, picture);
        return picture;
    }

    public static string Refused(string path) => Assert.Throws<InvalidImageException>(() => Open(path)).Message;
}
