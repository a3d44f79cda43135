using SkiaSharp;

namespace MRNet.Imaging.Pictures;

/// <summary>Writes PNG: lossless, and the same bytes for the same pixels.</summary>
public static class PictureWriter
{
    /// <summary>One slice of 1 (grey) or 3 (red, green, blue) channels; values are rounded and cut to 0..255.</summary>
    /// <exception cref="ArgumentException">Another number of channels.</exception>
    public static void Write(string path, Volume picture, int slice = 0)
    {
        if (picture.Channels is not (1 or 3))
            throw new ArgumentException($"{picture.Channels} channels; expected 1 or 3.", nameof(picture));

        using var bitmap = Bitmap(picture.Grid.Columns, picture.Grid.Rows, grey: picture.Channels == 1);
        var pixels = bitmap.GetPixelSpan();
        for (var channel = 0; channel < picture.Channels; channel++)
        {
            var plane = picture.Slice(slice, channel);
            for (var i = 0; i < plane.Length; i++)
                pixels[At(bitmap, picture.Grid.Columns, i) + channel] = Byte(plane[i]);
        }

        Write(path, bitmap);
    }

    /// <summary>A grey picture, such as a mask shown as 0 and 255.</summary>
    /// <param name="pixels">(H, W)</param>
    /// <exception cref="ArgumentException">Not columns x rows pixels.</exception>
    public static void Write(string path, int columns, int rows, ReadOnlySpan<byte> pixels)
    {
        if (pixels.Length != (long)columns * rows)
            throw new ArgumentException($"{pixels.Length} pixels; expected {columns} x {rows}.", nameof(pixels));

        using var bitmap = Bitmap(columns, rows, grey: true);
        var target = bitmap.GetPixelSpan();
        for (var i = 0; i < pixels.Length; i++)
            target[At(bitmap, columns, i)] = pixels[i];
        Write(path, bitmap);
    }

    /// <summary>The bytes of a PNG file.</summary>
    /// <param name="rgb">(H, W, 3): red, green, blue of each pixel.</param>
    /// <exception cref="ArgumentException">Not columns x rows pixels.</exception>
    public static byte[] Png(int columns, int rows, ReadOnlySpan<byte> rgb)
    {
        if (rgb.Length != 3L * columns * rows)
            throw new ArgumentException($"{rgb.Length} bytes; expected 3 x {columns} x {rows}.", nameof(rgb));

        using var bitmap = Bitmap(columns, rows, grey: false);
        var target = bitmap.GetPixelSpan();
        for (var i = 0; i < columns * rows; i++)
            rgb.Slice(3 * i, 3).CopyTo(target[At(bitmap, columns, i)..]);
        return Encoded(bitmap);
    }

    internal static void Write(string path, SKBitmap bitmap)
    {
        using var encoded = Encode(bitmap);
        using var file = new AtomicFile(path);
        encoded.SaveTo(file.Stream);
        file.Commit();
    }

    /// <returns>The bytes of a PNG file.</returns>
    internal static byte[] Encoded(SKBitmap bitmap)
    {
        using var encoded = Encode(bitmap);
        return encoded.ToArray();
    }

    private static SKData Encode(SKBitmap bitmap) => bitmap.Encode(SKEncodedImageFormat.Png, 100)
        ?? throw new ResourceLimitException($"A picture of {bitmap.Width} x {bitmap.Height} pixels could not be encoded as PNG.");

    private static SKBitmap Bitmap(int columns, int rows, bool grey)
    {
        var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(new(columns, rows, grey ? SKColorType.Gray8 : SKColorType.Rgb888x, SKAlphaType.Opaque)))
            throw new ResourceLimitException($"No memory for a picture of {columns} x {rows} pixels.");
        return bitmap;
    }

    /// <summary>Where a pixel's bytes start: rows may be padded.</summary>
    private static int At(SKBitmap bitmap, int columns, int pixel) =>
        pixel / columns * bitmap.RowBytes + pixel % columns * bitmap.BytesPerPixel;

    private static byte Byte(float value) => (byte)Math.Clamp(MathF.Round(float.IsNaN(value) ? 0 : value), 0, 255);
}
