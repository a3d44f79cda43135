using SkiaSharp;

namespace MRNet.Imaging.Pictures;

/// <summary>What a picture file cannot say of itself, and how large it may be.</summary>
public sealed record PictureReadOptions
{
    /// <summary>The modality as DICOM writes it: OP for a fundus photograph, XC for another.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Pixels that are decoded at most; checked before any memory is taken for them.</summary>
    public long MaxPixels { get; init; } = 100_000_000;
}

/// <summary>
/// Reads PNG, JPEG and TIFF: red, green, blue as three planes of 0..255, or one plane for a grey picture. Turned upright as
/// EXIF says. Not for DICOM frames: everything becomes 8 bits.
/// </summary>
public static class PictureReader
{
    private const long MaxFileBytes = 1L << 30;

    /// <exception cref="InvalidImageException">No such file, not a picture, damaged or cut short.</exception>
    /// <exception cref="UnsupportedImageException">Another picture format.</exception>
    /// <exception cref="ResourceLimitException">More pixels than the limit.</exception>
    public static Volume Read(string path, PictureReadOptions? options = null) => Read(Bytes(path), options);

    /// <summary>The size of the upright picture, without decoding it.</summary>
    public static Grid ReadGrid(string path) => ReadGrid(Bytes(path));

    /// <param name="file">The whole file.</param>
    public static Grid ReadGrid(byte[] file)
    {
        if (PictureFile.IsTiff(file))
            return TiffPicture.ReadGrid(file);
        using var codec = Open(file);
        return GridOf(codec.EncodedOrigin, codec.Info.Width, codec.Info.Height);
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxFileBytes and var length })
                throw new ResourceLimitException($"The picture file has {length} bytes; at most {MaxFileBytes} are read.");
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidImageException($"There is no file '{Path.GetFileName(path)}' at that place.", error);
        }
    }

    /// <param name="file">The whole file.</param>
    public static Volume Read(byte[] file, PictureReadOptions? options = null)
    {
        options ??= new();
        if (PictureFile.IsTiff(file))
            return TiffPicture.Read(file, options);
        using var codec = Open(file);
        var pixels = (long)codec.Info.Width * codec.Info.Height;
        if (pixels > options.MaxPixels)
            throw new ResourceLimitException($"The picture is {codec.Info.Width} x {codec.Info.Height} pixels; at most {options.MaxPixels} are read.");

        List<string> notes = [];
        var grey = IsGrey(file, codec, notes);
        using var bitmap = Decode(codec);
        return Planes(bitmap, codec.EncodedOrigin, grey ? 1 : 3, notes, options.Modality);
    }

    private static SKCodec Open(byte[] file)
    {
        if (PictureFile.FormatOf(file) is not ("PNG" or "JPEG"))
            throw PictureFile.FormatOf(file) is { } other
                ? new UnsupportedImageException($"The picture is {other}; expected PNG, JPEG or TIFF.")
                : new InvalidImageException("The file is no picture that is known; expected PNG, JPEG or TIFF.");

        PictureFile.CheckWhole(file);
        using var data = SKData.CreateCopy(file);
        return SKCodec.Create(data) ?? throw new InvalidImageException("The picture's header is damaged.");
    }

    private static bool IsGrey(byte[] file, SKCodec codec, List<string> notes)
    {
        if (codec.EncodedFormat != SKEncodedImageFormat.Png)
            return codec.Info.ColorType == SKColorType.Gray8;

        var (depth, colourType) = (file[24], file[25]); // IHDR is the first chunk of every PNG
        if (depth == 16)
            notes.Add("16 bits per sample were brought to 8: values are 0..255, steps below 1/256 of the range are lost");
        return colourType is 0 or 4;
    }

    private static SKBitmap Decode(SKCodec codec)
    {
        // No colour space: the numbers stay as stored, as they were when models were trained.
        var wanted = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul, colorspace: null);
        var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(wanted))
        {
            bitmap.Dispose();
            throw new ResourceLimitException($"No memory for a picture of {wanted.Width} x {wanted.Height} pixels.");
        }

        if (codec.GetPixels(wanted, bitmap.GetPixels()) is var result and not SKCodecResult.Success)
        {
            bitmap.Dispose();
            throw new InvalidImageException($"The picture is damaged or cut short ({result}).");
        }

        return bitmap;
    }

    private static Volume Planes(SKBitmap bitmap, SKEncodedOrigin origin, int channels, List<string> notes, string modality)
    {
        var (width, height) = (bitmap.Width, bitmap.Height);
        var grid = GridOf(origin, width, height);
        var count = grid.PixelsPerSlice;
        var samples = new float[checked(count * channels)];
        var rgba = bitmap.GetPixelSpan();
        var transparent = false;

        for (var y = 0; y < grid.Rows; y++)
            for (var x = 0; x < grid.Columns; x++)
            {
                var (fromX, fromY) = Stored(origin, x, y, width, height);
                var pixel = rgba.Slice(fromY * bitmap.RowBytes + fromX * 4, 4);
                for (var channel = 0; channel < channels; channel++)
                    samples[channel * count + y * grid.Columns + x] = pixel[channel];
                transparent |= pixel[3] != 255;
            }

        if (origin is not (SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default))
            notes.Add($"turned upright (EXIF orientation {(int)origin})");
        if (transparent)
            notes.Add("the transparency was dropped: colours are as stored");
        return new(grid, samples, channels) { Modality = modality, Notes = notes };
    }

    private static Grid GridOf(SKEncodedOrigin origin, int width, int height) =>
        origin >= SKEncodedOrigin.LeftTop ? Grid.OfPixels(height, width) : Grid.OfPixels(width, height); // 5 to 8 exchange rows and columns

    /// <summary>Where the pixel at (x, y) of the upright picture is stored. EXIF 2.3, tag 0x0112.</summary>
    private static (int X, int Y) Stored(SKEncodedOrigin origin, int x, int y, int width, int height) => origin switch
    {
        SKEncodedOrigin.TopRight => (width - 1 - x, y),
        SKEncodedOrigin.BottomRight => (width - 1 - x, height - 1 - y),
        SKEncodedOrigin.BottomLeft => (x, height - 1 - y),
        SKEncodedOrigin.LeftTop => (y, x),
        SKEncodedOrigin.RightTop => (y, height - 1 - x),
        SKEncodedOrigin.RightBottom => (width - 1 - y, height - 1 - x),
        SKEncodedOrigin.LeftBottom => (width - 1 - y, x),
        _ => (x, y),
    };
}
