using System.Buffers.Binary;

namespace MRNet.Imaging.Pictures;

/// <summary>What can be said of a picture file without decoding it.</summary>
internal static class PictureFile
{
    private static ReadOnlySpan<byte> PngStart => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <returns>Null for bytes that mean nothing to us.</returns>
    public static string? FormatOf(ReadOnlySpan<byte> file) => file switch
    {
        _ when file.StartsWith(PngStart) => "PNG",
        [0xff, 0xd8, 0xff, ..] => "JPEG",
        [(byte)'I', (byte)'I', 42, 0, ..] or [(byte)'M', (byte)'M', 0, 42, ..] => "TIFF",
        [(byte)'B', (byte)'M', ..] => "BMP",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "GIF",
        _ when file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8) => "WebP",
        _ when file.Length >= 132 && file[128..].StartsWith("DICM"u8) => "DICOM",
        _ => null,
    };

    public static bool IsTiff(ReadOnlySpan<byte> file) => FormatOf(file) == "TIFF";

    /// <summary>A decoder may paint what is missing grey and say nothing; so the end is looked for first.</summary>
    /// <exception cref="InvalidImageException">The file stops before its own end mark.</exception>
    public static void CheckWhole(ReadOnlySpan<byte> file)
    {
        if (!(file.StartsWith(PngStart) ? EndsAsPng(file) : EndsAsJpeg(file)))
            throw new InvalidImageException($"The picture is cut short: {file.Length} bytes without an end mark.");
    }

    /// <summary>Walks from chunk to chunk (length, name, content, CRC) to IEND; the first must be an IHDR of 13 bytes.</summary>
    private static bool EndsAsPng(ReadOnlySpan<byte> file)
    {
        if (file.Length < 33 || !file[12..].StartsWith("IHDR"u8) || BinaryPrimitives.ReadUInt32BigEndian(file[8..]) != 13)
            return false;

        for (long at = PngStart.Length; at + 12 <= file.Length;)
        {
            var chunk = file[(int)at..];
            if (chunk[4..].StartsWith("IEND"u8))
                return true;
            at += 12 + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }

        return false;
    }

    /// <summary>Walks from segment to segment to the picture's own EOI: a thumbnail in its EXIF has one too.</summary>
    private static bool EndsAsJpeg(ReadOnlySpan<byte> file)
    {
        for (var at = 2; at + 2 <= file.Length;)
        {
            if (file[at] != 0xff)
                return false;

            switch (file[at + 1])
            {
                case 0xd9: // EOI
                    return true;
                case 0xff: // fill byte
                    at++;
                    break;
                case 0x01 or (>= 0xd0 and <= 0xd7): // TEM, RSTn: no length
                    at += 2;
                    break;
                case var marker:
                    if (at + 4 > file.Length)
                        return false;
                    at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
                    if (marker == 0xda && at < file.Length) // SOS: coded data follow up to the next marker
                        at += CodedLength(file[at..]);
                    break;
            }
        }

        return false;
    }

    private static int CodedLength(ReadOnlySpan<byte> coded)
    {
        for (var at = 0; ; at += 2)
        {
            var next = coded[at..].IndexOf((byte)0xff);
            if (next < 0 || at + next + 1 >= coded.Length)
                return coded.Length;
            at += next;
            if (coded[at + 1] is not (0 or (>= 0xd0 and <= 0xd7))) // a stuffed 0 and restarts belong to the data
                return at;
        }
    }
}
