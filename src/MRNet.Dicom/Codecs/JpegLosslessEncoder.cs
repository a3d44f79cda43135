using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>Writes JPEG Lossless, process 14 (ITU-T T.81 annex H), with Huffman codes fitted to the frame.</summary>
internal sealed class JpegLosslessEncoder
{
    private const int Categories = 17;

    private readonly System.Buffers.ArrayBufferWriter<byte> output = new(1 << 16);
    private ulong bits;
    private int held;

    private JpegLosslessEncoder()
    {
    }

    /// <param name="samples">Colour by pixel, as patterns of <paramref name="precision"/> bits.</param>
    /// <param name="predictor">1 for …4.70; any of 1 to 7 for …4.57.</param>
    /// <param name="restartRows">Rows between restart markers; 0 for none.</param>
    public static byte[] Encode(ReadOnlySpan<int> samples, int width, int height, int components, int precision, int predictor = 1, int restartRows = 0, int shift = 0)
    {
        var differences = Differences(samples, width, components, precision, predictor, restartRows, shift);
        var counts = new long[Categories];
        foreach (var difference in differences)
            counts[Category(difference)]++;
        var lengths = HuffmanLengths.Of(counts);
        var encoder = new JpegLosslessEncoder();
        encoder.Headers(lengths, width, height, components, precision, predictor, restartRows * width, shift);
        encoder.Data(differences, lengths, width * components * restartRows);
        return encoder.output.WrittenSpan.ToArray();
    }

    private static int[] Differences(ReadOnlySpan<int> samples, int width, int components, int precision, int predictor, int restartRows, int shift)
    {
        var differences = new int[samples.Length];
        var row = width * components;
        for (var i = 0; i < samples.Length; i++)
        {
            var y = i / row;
            var isFirst = y == 0 || (restartRows > 0 && y % restartRows == 0);
            var isLeft = i % row < components;
            int At(ReadOnlySpan<int> from, int index) => from[index] >> shift;
            var predicted =
                isLeft ? (isFirst ? 1 << (precision - shift - 1) : At(samples, i - row)) :
                isFirst || predictor == 1 ? At(samples, i - components) :
                predictor switch
                {
                    2 => At(samples, i - row),
                    3 => At(samples, i - row - components),
                    4 => At(samples, i - components) + At(samples, i - row) - At(samples, i - row - components),
                    5 => At(samples, i - components) + ((At(samples, i - row) - At(samples, i - row - components)) >> 1),
                    6 => At(samples, i - row) + ((At(samples, i - components) - At(samples, i - row - components)) >> 1),
                    _ => (At(samples, i - components) + At(samples, i - row)) >> 1,
                };
            var difference = (short)(At(samples, i) - predicted); // modulo 2^16, H.1.2.1
            differences[i] = difference == short.MinValue ? 32768 : difference;
        }

        return differences;
    }

    private static int Category(int difference) => difference == 0 ? 0 : 32 - int.LeadingZeroCount(Math.Abs(difference));

    private void Headers(byte[] lengths, int width, int height, int components, int precision, int predictor, int interval, int shift)
    {
        Bytes(0xFF, 0xD8, 0xFF, 0xC3);
        Words(8 + (3 * components));
        Bytes((byte)precision);
        Words(height, width);
        Bytes((byte)components);
        for (byte i = 1; i <= components; i++)
            Bytes(i, 0x11, 0);

        var ordered = HuffmanLengths.Ordered(lengths);
        Bytes(0xFF, 0xC4);
        Words(3 + 16 + ordered.Length);
        Bytes(0);
        for (var length = 1; length <= 16; length++)
            Bytes((byte)lengths.Count(l => l == length));
        Bytes(ordered);

        if (interval > 0)
        {
            Bytes(0xFF, 0xDD);
            Words(4, interval);
        }

        Bytes(0xFF, 0xDA);
        Words(6 + (2 * components));
        Bytes((byte)components);
        for (byte i = 1; i <= components; i++)
            Bytes(i, 0);
        Bytes((byte)predictor, 0, (byte)shift);
    }

    private void Data(int[] differences, byte[] lengths, int interval)
    {
        var codes = HuffmanLengths.Codes(lengths);
        for (var i = 0; i < differences.Length; i++)
        {
            if (interval > 0 && i > 0 && i % interval == 0)
            {
                Flush();
                Bytes(0xFF, (byte)(0xD0 + (((i / interval) - 1) % 8)));
            }

            var category = Category(differences[i]);
            Put(codes[category], lengths[category]);
            if (category is > 0 and < 16)
                Put(differences[i] < 0 ? differences[i] - 1 + (1 << category) : differences[i], category);
        }

        Flush();
        Bytes(0xFF, 0xD9);
    }

    private void Put(int value, int count)
    {
        bits = (bits << count) | ((ulong)value & ((1UL << count) - 1));
        held += count;
        while (held >= 8)
        {
            held -= 8;
            var next = (byte)(bits >> held);
            Bytes(next);
            if (next == 0xFF)
                Bytes(0);
        }
    }

    /// <summary>Fills the last byte with ones, T.81 F.1.2.3.</summary>
    private void Flush()
    {
        if (held > 0)
            Put((1 << (8 - held)) - 1, 8 - held);
    }

    private void Bytes(params ReadOnlySpan<byte> bytes) => System.Buffers.BuffersExtensions.Write(output, bytes);

    private void Words(params ReadOnlySpan<int> words)
    {
        Span<byte> two = stackalloc byte[2];
        foreach (var word in words)
        {
            BinaryPrimitives.WriteUInt16BigEndian(two, checked((ushort)word));
            Bytes(two);
        }
    }
}

/// <summary>Code lengths from counts, none longer than 16 bits and none of only ones, T.81 annex K.2.</summary>
internal static class HuffmanLengths
{
    public static byte[] Of(long[] counts)
    {
        // One more symbol than there are, the rarest, takes the code of only ones.
        var weights = counts.Append(1).Select((count, symbol) => (Weight: count > 0 ? Math.Max(2, count * 2) : 0, symbol)).ToArray();
        weights[^1].Weight = 1;
        for (var limit = 0; ; limit++)
        {
            var lengths = Tree([.. weights.Select(w => w.Weight == 0 ? 0 : Math.Max(1, w.Weight >> limit))]);
            // Flattening the weights shortens the longest code; a few rounds suffice for 18 symbols.
            if (lengths.Max() <= 16)
                return Trimmed(lengths, counts.Length);
        }
    }

    /// <summary>Symbols in the order of their codes.</summary>
    public static byte[] Ordered(byte[] lengths) =>
        [.. Enumerable.Range(0, lengths.Length).Where(s => lengths[s] > 0).OrderBy(s => lengths[s]).ThenBy(s => s).Select(s => (byte)s)];

    public static int[] Codes(byte[] lengths)
    {
        var codes = new int[lengths.Length];
        var (code, length) = (0, 0);
        foreach (var symbol in Ordered(lengths))
        {
            code <<= lengths[symbol] - length;
            length = lengths[symbol];
            codes[symbol] = code++;
        }

        return codes;
    }

    private static byte[] Tree(long[] weights)
    {
        var lengths = new byte[weights.Length];
        var queue = new PriorityQueue<int[], (long, int)>();
        var serial = 0;
        for (var symbol = weights.Length - 1; symbol >= 0; symbol--) // the extra symbol first: it then gets a longest code
        {
            if (weights[symbol] > 0)
                queue.Enqueue([symbol], (weights[symbol], serial++));
        }

        while (queue.Count > 1)
        {
            queue.TryDequeue(out var left, out var a);
            queue.TryDequeue(out var right, out var b);
            int[] joined = [.. left!, .. right!];
            foreach (var symbol in joined)
                lengths[symbol]++;
            queue.Enqueue(joined, (a.Item1 + b.Item1, serial++));
        }

        return lengths;
    }

    /// <summary>Gives the code of only ones to the extra symbol, by making its length a longest one, and drops it.</summary>
    private static byte[] Trimmed(byte[] lengths, int count)
    {
        var longest = lengths.Max();
        if (lengths[count] < longest)
        {
            var other = Array.FindIndex(lengths, length => length == longest);
            (lengths[other], lengths[count]) = (lengths[count], lengths[other]);
        }

        return lengths[..count];
    }
}
