using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>JPEG Lossless, process 14 (…4.57) and its first-order prediction (…4.70), ITU-T T.81 annex H: 2 to 16 bits, all seven predictors, point transform, restart intervals.</summary>
internal static class JpegLossless
{
    public static void Decode(JpegMarkers markers, ReadOnlySpan<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        if (markers.ComponentIds.Length > 1 && markers.Sampling.Any(sampling => sampling != markers.Sampling[0]))
            throw new DicomCodecException("The lossless JPEG stream has subsampled components; wanted all of one size.");
        if (markers.Precision is < 2 or > 16)
            throw new DicomCodecException($"The lossless JPEG stream has samples of {markers.Precision} bits; wanted 2 to 16.");
        frame.Check("lossless JPEG", markers.Width, markers.Height, markers.ComponentIds.Length, markers.Precision);
        new JpegLosslessDecoder(markers, frame).Decode(stream, into);
    }
}

/// <summary>One lossless stream.</summary>
internal sealed class JpegLosslessDecoder(JpegMarkers markers, FrameInfo frame)
{
    private readonly HuffmanTable?[] tables = new HuffmanTable?[4];
    private int restartInterval;

    public void Decode(ReadOnlySpan<byte> stream, Span<byte> into)
    {
        var decoded = 0;
        for (var at = 2; decoded < markers.ComponentIds.Length;)
        {
            if (at + 4 > stream.Length)
                throw new DicomCodecException($"The lossless JPEG stream ends after {decoded} of {markers.ComponentIds.Length} components.");
            if (stream[at] != 0xFF || stream[at + 1] is 0xFF or 0 or 0x01 or (>= 0xD0 and <= 0xD8))
            {
                at++;
                continue;
            }

            var marker = stream[at + 1];
            if (marker == 0xD9)
                throw new DicomCodecException($"The lossless JPEG stream ends after {decoded} of {markers.ComponentIds.Length} components.");
            var length = BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
            if (length < 2 || at + 2 + length > stream.Length)
                throw new DicomCodecException($"JPEG marker FF {marker:X2} at {at} has a length of {length}; {stream.Length - at - 2} bytes are left.");
            var body = stream.Slice(at + 4, length - 2);
            at += 2 + length;
            if (marker == 0xC4)
                ReadTables(body);
            else if (marker == 0xDD && body.Length >= 2)
                restartInterval = BinaryPrimitives.ReadUInt16BigEndian(body);
            else if (marker == 0xDA)
                decoded += Scan(body, stream, ref at, into);
        }
    }

    private void ReadTables(ReadOnlySpan<byte> body)
    {
        while (body.Length >= 17)
        {
            var id = body[0] & 15;
            var count = 0;
            foreach (var n in body.Slice(1, 16))
                count += n;
            if (id > 3 || body.Length < 17 + count)
                throw new DicomCodecException($"A Huffman table of the lossless JPEG stream has number {id} and {count} codes; wanted a number of 0 to 3 and {body.Length - 17} codes at most.");
            tables[id] = new HuffmanTable(body.Slice(1, 16), body.Slice(17, count));
            body = body[(17 + count)..];
        }
    }

    /// <returns>How many components the scan held.</returns>
    private int Scan(ReadOnlySpan<byte> header, ReadOnlySpan<byte> stream, ref int at, Span<byte> into)
    {
        var count = header.Length > 0 ? header[0] : 0;
        if (count is < 1 or > 4 || header.Length < 4 + (2 * count))
            throw new DicomCodecException($"A scan header of the lossless JPEG stream has {header.Length} bytes for {count} components.");
        var components = new int[count];
        var codes = new HuffmanTable[count];
        for (var i = 0; i < count; i++)
        {
            components[i] = Array.IndexOf(markers.ComponentIds, header[1 + (2 * i)]);
            if (components[i] < 0)
                throw new DicomCodecException($"A scan names component {header[1 + (2 * i)]}, which the frame header does not.");
            codes[i] = tables[(header[2 + (2 * i)] >> 4) & 3] ?? throw new DicomCodecException("A scan names a Huffman table that the stream has not defined.");
        }

        var predictor = header[1 + (2 * count)];
        var shift = header[3 + (2 * count)] & 15;
        if (predictor is < 1 or > 7 || shift >= markers.Precision)
            throw new DicomCodecException($"A scan has predictor {predictor} and point transform {shift}; wanted 1 to 7, and less than {markers.Precision}.");
        if (restartInterval % frame.Width != 0)
            throw new DicomCodecException($"The restart interval is {restartInterval}; in lossless JPEG it is a multiple of the {frame.Width} columns.");

        var bits = new JpegBits(stream, at);
        Samples(ref bits, components, codes, predictor, shift, into);
        at = bits.Position;
        return count;
    }

    private void Samples(ref JpegBits bits, int[] components, HuffmanTable[] codes, int predictor, int shift, Span<byte> into)
    {
        var (width, height) = (frame.Width, frame.Height);
        var above = new int[components.Length * width];
        var here = new int[components.Length * width];
        var middle = 1 << (markers.Precision - shift - 1);
        var rowsPerRestart = restartInterval == 0 ? int.MaxValue : restartInterval / width;
        for (var y = 0; y < height; y++)
        {
            var isFirst = y % rowsPerRestart == 0;
            if (isFirst && y > 0)
                bits.Restart();
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < components.Length; c++)
                {
                    var row = c * width;
                    var predicted =
                        x == 0 ? (isFirst ? middle : above[row]) :
                        isFirst ? here[row + x - 1] :
                        Predict(predictor, here[row + x - 1], above[row + x], above[row + x - 1]);
                    var value = (predicted + Difference(ref bits, codes[c])) & 0xFFFF;
                    here[row + x] = value;
                }
            }

            for (var c = 0; c < components.Length; c++)
                WriteRow(here.AsSpan(c * width, width), (y * width * frame.SamplesPerPixel) + components[c], shift, into);
            (above, here) = (here, above);
        }
    }

    private void WriteRow(ReadOnlySpan<int> row, int index, int shift, Span<byte> into)
    {
        foreach (var value in row)
        {
            frame.Write(into, index, frame.Extend(value << shift, markers.Precision));
            index += frame.SamplesPerPixel;
        }
    }

    /// <summary>T.81 table H.1, with Ra left, Rb above, Rc above left.</summary>
    private static int Predict(int predictor, int a, int b, int c) => predictor switch
    {
        1 => a,
        2 => b,
        3 => c,
        4 => a + b - c,
        5 => a + ((b - c) >> 1),
        6 => b + ((a - c) >> 1),
        _ => (a + b) >> 1,
    };

    private static int Difference(ref JpegBits bits, HuffmanTable codes)
    {
        var category = codes.Decode(ref bits);
        if (category == 0)
            return 0;
        if (category == 16)
            return 32768; // H.1.2.2: no bits follow
        if (category > 16)
            throw new DicomCodecException($"The lossless JPEG stream has a difference of {category} bits; wanted 16 at most.");
        var value = bits.Read(category);
        return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
    }
}

/// <summary>A Huffman table, T.81 annex C and F.2.2.3, with a table for the short codes.</summary>
internal sealed class HuffmanTable
{
    private const int Fast = 9;

    private readonly ushort[] quick = new ushort[1 << Fast]; // length << 8 | value; 0 for longer codes
    private readonly int[] first = new int[18];
    private readonly int[] last = new int[18];
    private readonly int[] index = new int[18];
    private readonly byte[] values;

    public HuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> values)
    {
        this.values = values.ToArray();
        var (code, at) = (0, 0);
        for (var length = 1; length <= 16; length++)
        {
            (first[length], index[length]) = (code, at);
            for (var i = 0; i < counts[length - 1]; i++, code++, at++)
            {
                if (code >= 1 << length)
                    throw new DicomCodecException($"A Huffman table has more codes of {length} bits than there are.");
                if (length > Fast)
                    continue;
                var start = code << (Fast - length);
                quick.AsSpan(start, 1 << (Fast - length)).Fill((ushort)((length << 8) | values[at]));
            }

            last[length] = code - 1;
            code <<= 1;
        }
    }

    public int Decode(ref JpegBits bits)
    {
        var entry = quick[bits.Peek(Fast)];
        if (entry != 0)
        {
            bits.Skip(entry >> 8);
            return entry & 0xFF;
        }

        var code = bits.Peek(16);
        for (var length = Fast + 1; length <= 16; length++)
        {
            var candidate = code >> (16 - length);
            if (candidate <= last[length] && candidate >= first[length])
            {
                bits.Skip(length);
                return values[index[length] + candidate - first[length]];
            }
        }

        throw new DicomCodecException("The JPEG stream has a code that is not in its Huffman table.");
    }
}

/// <summary>The bits of an entropy-coded segment: FF 00 is FF, any other marker ends it.</summary>
internal ref struct JpegBits(ReadOnlySpan<byte> stream, int start)
{
    private readonly ReadOnlySpan<byte> stream = stream;
    private ulong buffer;
    private int held;
    private int beyond; // bytes made up after the end

    /// <summary>The next byte not taken up.</summary>
    public int Position { get; private set; } = start;

    public int Peek(int count)
    {
        if (held < count)
            Fill();
        return (int)(buffer >> (64 - count));
    }

    public void Skip(int count)
    {
        buffer <<= count;
        held -= count;
    }

    public int Read(int count)
    {
        var value = Peek(count);
        Skip(count);
        return value;
    }

    /// <summary>Goes behind the next restart marker.</summary>
    public void Restart()
    {
        (buffer, held, beyond) = (0, 0, 0);
        while (Position + 1 < stream.Length)
        {
            if (stream[Position] == 0xFF && stream[Position + 1] is >= 0xD0 and <= 0xD7)
            {
                Position += 2;
                return;
            }

            Position++;
        }

        throw new DicomCodecException($"The JPEG stream ends at {stream.Length} where a restart marker should stand.");
    }

    private void Fill()
    {
        // Eight bytes at once where none of them is FF.
        if (Position + 8 <= stream.Length && BinaryPrimitives.ReadUInt64BigEndian(stream[Position..]) is var ahead && HasNoFF(ahead))
        {
            var bytes = (64 - held) / 8;
            buffer |= (ahead >> held) & (ulong.MaxValue << (64 - held - (8 * bytes)));
            Position += bytes;
            held += 8 * bytes;
            return;
        }

        while (held <= 56)
        {
            byte next = 0;
            if (Position < stream.Length && (stream[Position] != 0xFF || (Position + 1 < stream.Length && stream[Position + 1] == 0)))
            {
                next = stream[Position];
                Position += next == 0xFF ? 2 : 1;
            }
            else if (++beyond > 16)
            {
                // Zeros past the end serve the look-ahead; a decoder that lives on them has lost its data.
                throw new DicomCodecException($"The JPEG stream's data end at {Position} before the frame is complete.");
            }

            buffer |= (ulong)next << (56 - held);
            held += 8;
        }
    }

    private static bool HasNoFF(ulong bytes) => (((~bytes - 0x0101010101010101) & bytes) & 0x8080808080808080) == 0;
}
