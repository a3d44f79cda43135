using BitMiracle.LibTiff.Classic;

namespace MRNet.Imaging.Pictures;

/// <summary>
/// TIFF through LibTiff.NET, as RIGA's photographs and masks are stored: the first page, 8 bits, upright. Numbers stay as stored
/// but for samples of more or less than 8 bits, which are scaled to 0..255.
/// </summary>
internal static class TiffPicture
{
    static TiffPicture() => Tiff.SetErrorHandler(new Silent());

    /// <exception cref="InvalidImageException">Damaged.</exception>
    public static Grid ReadGrid(byte[] file) => With(file, tiff =>
    {
        var (columns, rows) = SizeOf(tiff);
        return Grid.OfPixels(columns, rows);
    });

    /// <exception cref="InvalidImageException">Damaged or cut short.</exception>
    /// <exception cref="UnsupportedImageException">Rows and columns exchanged.</exception>
    /// <exception cref="ResourceLimitException">More pixels than the limit.</exception>
    public static Volume Read(byte[] file, PictureReadOptions options) => With<Volume>(file, tiff =>
    {
        var (columns, rows) = SizeOf(tiff);
        if ((long)columns * rows > options.MaxPixels)
            throw new ResourceLimitException($"The picture is {columns} x {rows} pixels; at most {options.MaxPixels} are read.");

        CheckPieces(tiff, columns, rows);
        var pixels = new int[columns * rows];
        if (!tiff.ReadRGBAImageOriented(columns, rows, pixels, Orientation.TOPLEFT, stopOnError: true))
            throw new InvalidImageException("The TIFF's pixels are damaged, cut short, or packed in a way that is not known.");
        return new(Grid.OfPixels(columns, rows), Planes(pixels, IsGrey(tiff) ? 1 : 3), IsGrey(tiff) ? 1 : 3) { Modality = options.Modality, Notes = NotesOf(tiff) };
    });

    /// <summary>The library answers some damage with exceptions of its own.</summary>
    private static T With<T>(byte[] file, Func<Tiff, T> read)
    {
        try
        {
            using var stream = new MemoryStream(file, writable: false);
            using var tiff = Tiff.ClientOpen("picture", "r", stream, new TiffStream()) ?? throw new InvalidImageException("The TIFF's directory is damaged.");
            return read(tiff);
        }
        catch (Exception error) when (error is not ImagingException)
        {
            throw new InvalidImageException($"The TIFF is damaged ({error.GetType().Name}).", error);
        }
    }

    private static (int Columns, int Rows) SizeOf(Tiff tiff)
    {
        var (columns, rows, orientation) = (Number(tiff, TiffTag.IMAGEWIDTH, 0), Number(tiff, TiffTag.IMAGELENGTH, 0), Number(tiff, TiffTag.ORIENTATION, 1));
        if (columns < 1 || rows < 1)
            throw new InvalidImageException($"The TIFF is {columns} x {rows} pixels; expected at least 1 x 1.");
        return orientation <= 4
            ? (columns, rows)
            : throw new UnsupportedImageException($"The TIFF's orientation is {orientation}; expected 1 to 4: save it upright.");
    }

    /// <summary>A strip or tile is decoded as a whole: a damaged one may claim any size.</summary>
    private static void CheckPieces(Tiff tiff, int columns, int rows)
    {
        const int Slack = 16 << 20; // a tile of a small picture may be larger than the picture
        var (piece, most) = ((long)(tiff.IsTiled() ? tiff.TileSize() : tiff.StripSize()), 8L * columns * rows + Slack);
        if (piece < 1 || piece > most)
            throw new InvalidImageException($"A strip or tile of the TIFF has {piece} bytes; expected 1 to {most} for {columns} x {rows} pixels.");
    }

    private static bool IsGrey(Tiff tiff) => (Photometric)Number(tiff, TiffTag.PHOTOMETRIC, (int)Photometric.RGB) is Photometric.MINISBLACK or Photometric.MINISWHITE;

    private static List<string> NotesOf(Tiff tiff)
    {
        var (notes, bits, pages) = (new List<string>(), Number(tiff, TiffTag.BITSPERSAMPLE, 1), (int)tiff.NumberOfDirectories());
        if (bits > 8)
            notes.Add($"{bits} bits per sample were brought to 8: values are 0..255, steps below 1/256 of the range are lost");
        if (pages > 1)
            notes.Add($"the first of {pages} pages");
        return notes;
    }

    private static float[] Planes(int[] pixels, int channels)
    {
        var samples = new float[checked(pixels.Length * channels)];
        for (var i = 0; i < pixels.Length; i++)
            for (var channel = 0; channel < channels; channel++)
                samples[channel * pixels.Length + i] = (pixels[i] >> (8 * channel)) & 0xff; // red is lowest
        return samples;
    }

    private static int Number(Tiff tiff, TiffTag tag, int otherwise) => tiff.GetField(tag) is [var value, ..] ? value.ToInt() : otherwise;

    /// <summary>What is wrong is told by an exception, never on the terminal.</summary>
    private sealed class Silent : TiffErrorHandler
    {
        public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void WarningHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandler(Tiff tif, string method, string format, params object[] args)
        {
        }

        public override void ErrorHandlerExt(Tiff tif, object clientData, string method, string format, params object[] args)
        {
        }
    }
}
