using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>
/// The Huffman tables of a JPEG stream (ITU-T T.81 B.2.4.2) before JpegLibrary builds them: a table without codes keeps it
/// counting to 2^32, and one with more codes than there are bits for is built as if it had others.
/// </summary>
internal static class JpegHuffmanTables
{
    private const byte DefineTables = 0xC4;
    private const byte EndOfImage = 0xD9;
    private const int Longest = 16;

    /// <exception cref="DicomCodecException">A table that cannot be.</exception>
    public static void Check(ReadOnlySpan<byte> stream)
    {
        for (var at = 2; at + 4 <= stream.Length;)
        {
            if (stream[at] != 0xFF || stream[at + 1] is 0xFF or 0 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at++; // coded data, filling, markers that stand alone
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
            if (stream[at + 1] == EndOfImage || length < 2 || at + 2 + length > stream.Length)
                return;
            if (stream[at + 1] == DefineTables)
                CheckTables(stream.Slice(at + 4, length - 2));
            at += 2 + length;
        }
    }

    private static void CheckTables(ReadOnlySpan<byte> tables)
    {
        while (!tables.IsEmpty)
        {
            if (tables.Length < 1 + Longest)
                throw new DicomCodecException($"A Huffman table of the JPEG stream has {tables.Length} bytes; wanted 17 and its values.");
            var (codes, room) = (0, 1);
            foreach (var count in tables.Slice(1, Longest))
            {
                codes += count;
                room = (2 * room) - count; // codes of this length that are left
                if (room < 0)
                    throw new DicomCodecException("A Huffman table of the JPEG stream has more codes of a length than there are.");
            }

            if (codes == 0 || tables.Length < 1 + Longest + codes)
                throw new DicomCodecException($"A Huffman table of the JPEG stream has {codes} codes and {tables.Length - 1 - Longest} bytes for their values.");
            tables = tables[(1 + Longest + codes)..];
        }
    }
}
