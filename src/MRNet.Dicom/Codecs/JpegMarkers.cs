using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>What the markers of a JPEG stream say before it is decoded, ITU-T T.81 annex B.</summary>
internal sealed record JpegMarkers(byte FrameMarker, int Precision, int Height, int Width, byte[] ComponentIds, byte[] Sampling, int? AdobeTransform, bool HasJfif)
{
    /// <summary>
    /// True if the components are YCbCr: the Adobe marker decides, then JFIF, then component names; null if the stream
    /// does not say.
    /// </summary>
    public bool? IsYbr => (AdobeTransform, HasJfif, ComponentIds) switch
    {
        (0, _, _) => false,
        (not null, _, _) => true,
        (null, true, _) => true,
        (null, false, [(byte)'R', (byte)'G', (byte)'B']) => false,
        _ => null,
    };

    /// <exception cref="DicomCodecException">No frame header.</exception>
    public static JpegMarkers Read(ReadOnlySpan<byte> stream)
    {
        int? adobe = null;
        var jfif = false;
        if (stream.Length < 4 || stream[0] != 0xFF || stream[1] != 0xD8)
            throw new DicomCodecException($"A JPEG stream of {stream.Length} bytes does not start with FF D8.");
        for (var at = 2; at + 4 <= stream.Length;)
        {
            if (stream[at] != 0xFF || stream[at + 1] is 0xFF or 0 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at++;
                continue;
            }

            var marker = stream[at + 1];
            var length = BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
            if (marker is 0xD9 or 0xDA || length < 2 || at + 2 + length > stream.Length)
                break;
            var body = stream.Slice(at + 4, length - 2);
            if (marker == 0xE0 && body.StartsWith("JFIF\0"u8))
                jfif = true;
            if (marker == 0xEE && body.Length >= 12 && body.StartsWith("Adobe"u8))
                adobe = body[11];
            if (marker is (>= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) or 0xF7) // F7: JPEG-LS, ITU-T T.87
                return Frame(marker, body, adobe, jfif);
            at += 2 + length;
        }

        throw new DicomCodecException($"A JPEG stream of {stream.Length} bytes has no frame header.");
    }

    private static JpegMarkers Frame(byte marker, ReadOnlySpan<byte> body, int? adobe, bool jfif)
    {
        if (body.Length < 6 || body.Length < 6 + (3 * body[5]))
            throw new DicomCodecException($"The frame header of a JPEG stream has {body.Length} bytes, too few for its components.");
        var ids = new byte[body[5]];
        var sampling = new byte[body[5]];
        for (var i = 0; i < ids.Length; i++)
            (ids[i], sampling[i]) = (body[6 + (3 * i)], body[7 + (3 * i)]);
        return new(marker, body[0], BinaryPrimitives.ReadUInt16BigEndian(body[1..]), BinaryPrimitives.ReadUInt16BigEndian(body[3..]), ids, sampling, adobe, jfif);
    }
}
