using BitMiracle.LibTiff.Classic;

namespace MRNet.Imaging.Tests.Pictures;

/// <summary>TIFF files as other programs write them.</summary>
public static class SomeTiff
{
    /// <param name="channels">1 or 3, interleaved in <paramref name="pixels"/>.</param>
    public static void Write(string path, int columns, int rows, int channels, byte[] pixels, Compression compression = Compression.LZW, int orientation = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var tiff = Tiff.Open(path, "w");
        tiff.SetField(TiffTag.IMAGEWIDTH, columns);
        tiff.SetField(TiffTag.IMAGELENGTH, rows);
        tiff.SetField(TiffTag.BITSPERSAMPLE, 8);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, channels);
        tiff.SetField(TiffTag.ROWSPERSTRIP, rows);
        tiff.SetField(TiffTag.ORIENTATION, orientation);
        tiff.SetField(TiffTag.PLANARCONFIG, PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.COMPRESSION, compression);
        tiff.SetField(TiffTag.PHOTOMETRIC, channels == 1 ? Photometric.MINISBLACK : Photometric.RGB);
        for (var row = 0; row < rows; row++)
            tiff.WriteScanline(pixels[(row * columns * channels)..((row + 1) * columns * channels)], row);
    }
}
