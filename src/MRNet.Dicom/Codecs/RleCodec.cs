using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>RLE Lossless, PS3.5 annex G: one segment for each byte of each sample, the highest byte first; 1-bit frames as one packed segment.</summary>
internal sealed class RleCodec : IFrameCodec
{
    private const int HeaderLength = 64;
    private const int MaximumSegments = 15;

    public bool CanDecode(DicomTransferSyntax syntax) => syntax == DicomTransferSyntax.RLELossless;

    public long MostBytes(long streamLength) => 64 * streamLength; // 128 bytes for two

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var bytes = stream.Span;
        if (bytes.Length < HeaderLength)
            throw new DicomCodecException($"An RLE frame has {bytes.Length} bytes; its header has {HeaderLength}.");
        var segments = Segments(frame);
        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (count != segments)
            throw new DicomCodecException($"An RLE frame has {count} segments; {frame.SamplesPerPixel} samples of {frame.BitsAllocated} bits need {segments}.");

        var plane = new byte[into.Length / segments];
        for (var i = 0; i < segments; i++)
        {
            var start = Offset(bytes, i);
            var end = i + 1 < segments ? Offset(bytes, i + 1) : bytes.Length;
            if (start < HeaderLength || start > end || end > bytes.Length)
                throw new DicomCodecException($"RLE segment {i + 1} runs from {start} to {end}; the frame has {bytes.Length} bytes.");
            Unpack(bytes[(int)start..(int)end], plane, i + 1);

            // Segment order: sample by sample, the highest byte of each first.
            var perSample = Math.Max(1, frame.BitsAllocated / 8);
            var at = (i / perSample * perSample) + perSample - 1 - (i % perSample);
            for (var p = 0; p < plane.Length; p++, at += segments)
                into[at] = plane[p];
        }
    }

    public static byte[] Encode(ReadOnlySpan<byte> frame, in FrameInfo info)
    {
        var segments = Segments(info);
        var perSample = Math.Max(1, info.BitsAllocated / 8);
        var plane = new byte[frame.Length / segments];
        var packed = new MemoryStream();
        var header = new byte[HeaderLength];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)segments);
        for (var i = 0; i < segments; i++)
        {
            var at = (i / perSample * perSample) + perSample - 1 - (i % perSample);
            for (var p = 0; p < plane.Length; p++, at += segments)
                plane[p] = frame[at];
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4 + (4 * i)), (uint)(HeaderLength + packed.Length));
            // G.3.1: rows are encoded one by one, so that no run crosses a row.
            var row = info.BitsAllocated == 1 ? plane.Length : info.Width;
            for (var y = 0; y < plane.Length; y += row)
                Pack(plane.AsSpan(y, Math.Min(row, plane.Length - y)), packed);
            if (packed.Length % 2 == 1)
                packed.WriteByte(0);
        }

        return [.. header, .. packed.GetBuffer().AsSpan(0, (int)packed.Length)];
    }

    private static int Segments(in FrameInfo frame)
    {
        var segments = frame.SamplesPerPixel * Math.Max(1, frame.BitsAllocated / 8);
        return segments <= MaximumSegments
            ? segments
            : throw new DicomCodecException($"RLE has at most {MaximumSegments} segments; {frame.SamplesPerPixel} samples of {frame.BitsAllocated} bits need {segments}.");
    }

    private static long Offset(ReadOnlySpan<byte> frame, int segment) => BinaryPrimitives.ReadUInt32LittleEndian(frame[(4 + (4 * segment))..]);

    private static void Unpack(ReadOnlySpan<byte> packed, Span<byte> plane, int number)
    {
        var (from, to) = (0, 0);
        while (to < plane.Length)
        {
            if (from >= packed.Length)
                throw new DicomCodecException($"RLE segment {number} ends after {to} of {plane.Length} bytes.");
            var code = (sbyte)packed[from++];
            if (code == -128)
                continue;
            var run = code >= 0 ? code + 1 : 1 - code;
            var taken = Math.Min(run, plane.Length - to); // some encoders round the last run up
            if (code >= 0)
            {
                if (from + taken > packed.Length)
                    throw new DicomCodecException($"RLE segment {number} ends inside a run of {run} bytes.");
                packed.Slice(from, taken).CopyTo(plane[to..]);
                from += run;
            }
            else
            {
                if (from >= packed.Length)
                    throw new DicomCodecException($"RLE segment {number} ends inside a run of {run} bytes.");
                plane.Slice(to, taken).Fill(packed[from++]);
            }

            to += taken;
        }
    }

    private static void Pack(ReadOnlySpan<byte> row, MemoryStream packed)
    {
        for (var at = 0; at < row.Length;)
        {
            var run = RunAt(row, at);
            if (run > 1)
            {
                packed.WriteByte((byte)(1 - run));
                packed.WriteByte(row[at]);
                at += run;
                continue;
            }

            // A literal goes on until three equal bytes make a run worth its code.
            var end = at + 1;
            while (end < row.Length && end - at < 128 && RunAt(row, end) < 3)
                end++;
            packed.WriteByte((byte)(end - at - 1));
            packed.Write(row[at..end]);
            at = end;
        }
    }

    private static int RunAt(ReadOnlySpan<byte> row, int at)
    {
        var end = at + 1;
        while (end < row.Length && end - at < 128 && row[end] == row[at])
            end++;
        return end - at;
    }
}
