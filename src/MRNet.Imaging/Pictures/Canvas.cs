using SkiaSharp;

namespace MRNet.Imaging.Pictures;

/// <summary>A picture to draw on, 0xRRGGBB.</summary>
internal sealed class Canvas
{
    /// <summary>Dots of a letter are squares of so many pixels.</summary>
    private const int Dot = 2;

    public const int LetterWidth = (PixelFont.Columns + 1) * Dot;
    public const int LineHeight = (PixelFont.Rows + 2) * Dot;

    private readonly int[] pixels;

    public Canvas(int width, int height, int background)
    {
        (Width, Height, pixels) = (width, height, new int[checked(width * height)]);
        Array.Fill(pixels, background);
    }

    public int Width { get; }

    public int Height { get; }

    public int this[int x, int y]
    {
        get => pixels[y * Width + x];
        set
        {
            if ((uint)x < (uint)Width && (uint)y < (uint)Height)
                pixels[y * Width + x] = value;
        }
    }

    public void Fill(int x, int y, int width, int height, int colour)
    {
        for (var row = y; row < y + height; row++)
            for (var column = x; column < x + width; column++)
                this[column, row] = colour;
    }

    /// <summary>Writes one line, cut at the right edge of the picture.</summary>
    /// <param name="shadow">Colour under the letters, for text over an image.</param>
    /// <returns>Where the next letter would start.</returns>
    public int Text(int x, int y, string text, int colour, int? shadow = null)
    {
        if (shadow is { } under)
            foreach (var (dx, dy) in (ReadOnlySpan<(int, int)>)[(-1, 0), (1, 0), (0, -1), (0, 1)])
                Letters(x + dx, y + dy, text, under);
        Letters(x, y, text, colour);
        return x + text.Length * LetterWidth;
    }

    /// <summary>The uppermost rows.</summary>
    public Canvas Top(int height)
    {
        var part = new Canvas(Width, height, 0);
        pixels.AsSpan(0, part.pixels.Length).CopyTo(part.pixels);
        return part;
    }

    public SKBitmap ToBitmap()
    {
        var bitmap = new SKBitmap(new SKImageInfo(Width, Height, SKColorType.Rgb888x, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
            {
                var (at, colour) = (y * bitmap.RowBytes + x * 4, this[x, y]);
                (target[at], target[at + 1], target[at + 2], target[at + 3]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour, 255);
            }

        return bitmap;
    }

    private void Letters(int x, int y, string text, int colour)
    {
        foreach (var letter in text)
        {
            if (letter == '\u25a0') // a square, for the key of colours
                Fill(x, y + Dot, PixelFont.Columns * Dot, PixelFont.Columns * Dot, colour);
            else
                Letter(x, y, Ascii(letter), colour);
            x += LetterWidth;
        }
    }

    private void Letter(int x, int y, char letter, int colour)
    {
        for (var row = 0; row < PixelFont.Rows; row++)
            for (var column = 0; column < PixelFont.Columns; column++)
                if (PixelFont.IsSet(letter, column, row))
                    Fill(x + column * Dot, y + row * Dot, Dot, Dot, colour);
    }

    private static char Ascii(char letter) => letter switch
    {
        '\u2013' or '\u2014' or '\u2212' => '-',
        '\u00b5' or '\u03bc' => 'u',
        '\u00d7' => 'x',
        '\u00e4' or '\u00e0' or '\u00e1' or '\u00e2' => 'a',
        '\u00e8' or '\u00e9' or '\u00ea' => 'e',
        '\u00f6' or '\u00f3' or '\u00f4' => 'o',
        '\u00fc' or '\u00fa' => 'u',
        _ => letter,
    };
}
