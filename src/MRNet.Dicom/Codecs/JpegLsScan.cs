namespace MRNet.Dicom;

/// <summary>What a scan is coded with, ITU-T T.87 section C.2.4.1: zero for what the stream leaves to the standard.</summary>
internal readonly record struct JpegLsPresets(int Maximum, int T1, int T2, int T3, int Reset)
{
    /// <summary>The values of table C.3 for those that are left out.</summary>
    public JpegLsPresets Complete(int precision, int near)
    {
        var maximum = Maximum == 0 ? (1 << precision) - 1 : Maximum;
        var factor = maximum >= 128 ? (Math.Min(maximum, 4095) + 128) / 256 : 256 / (maximum + 1);
        int Basic(int basic, int least) => maximum >= 128 ? (factor * (basic - least)) + least : Math.Max(least, basic / factor);
        static int Within(int value, int lowest, int highest) => value < lowest || value > highest ? lowest : value;
        var t1 = T1 == 0 ? Within(Basic(3, 2) + (3 * near), near + 1, maximum) : T1;
        var t2 = T2 == 0 ? Within(Basic(7, 3) + (5 * near), t1, maximum) : T2;
        var t3 = T3 == 0 ? Within(Basic(21, 4) + (7 * near), t2, maximum) : T3;
        var all = new JpegLsPresets(maximum, t1, t2, t3, Reset == 0 ? 64 : Reset);
        return maximum < 1 << precision && near <= Math.Min(255, maximum / 2) && near < t1 && t1 <= t2 && t2 <= t3 && t3 <= maximum && all.Reset is >= 3 && all.Reset <= Math.Max(255, maximum)
            ? all
            : throw new DicomCodecException($"The JPEG-LS stream has parameters that do not belong together: {all}, near {near}, {precision} bits.");
    }
}

/// <summary>Decodes the lines of one scan, ITU-T T.87 annex A: prediction from the neighbours, errors in Golomb codes, runs where it is flat.</summary>
internal sealed class JpegLsScan
{
    private const int RunContext = 365;
    private const int LowestBias = -128;
    private const int HighestBias = 127;

    private static readonly byte[] RunOrder = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

    // The names of the standard: sums of errors, their sign's sum, the bias taken off, how often a context was met.
    private readonly uint[] a = new uint[RunContext + 2];
    private readonly int[] b = new int[RunContext];
    private readonly int[] c = new int[RunContext];
    private readonly int[] n = new int[RunContext + 2];
    private readonly int[] negative = new int[2];

    private readonly JpegLsPresets presets;
    private readonly int width;
    private readonly int components;
    private readonly int near;
    private readonly int step;
    private readonly int range;
    private readonly int rangeBits;
    private readonly int limit;
    private readonly int[] contexts;

    /// <param name="components">Interleaved sample by sample; 1 for a scan of lines.</param>
    public JpegLsScan(JpegLsPresets presets, int near, int width, int components)
    {
        (this.presets, this.near, this.width, this.components) = (presets, near, width, components);
        step = (2 * near) + 1;
        range = ((presets.Maximum + (2 * near)) / step) + 1;
        rangeBits = BitsFor(range);
        var bits = Math.Max(2, BitsFor(presets.Maximum + 1));
        limit = 2 * (bits + Math.Max(8, bits));
        Array.Fill(a, (uint)Math.Max(2, (range + 32) / 64));
        Array.Fill(n, 1);
        contexts = new int[components];
    }

    /// <summary>From one line to the next in <c>above</c> and <c>here</c>: a sample on each side belongs to it.</summary>
    public int Stride => width + 2;

    /// <summary>Decodes one line of each component.</summary>
    /// <param name="above">The line before; zeros for the first.</param>
    /// <param name="run">The index into the table of run lengths; 0 at the start of a scan.</param>
    public void Line(ref JpegLsBits bits, Span<int> above, Span<int> here, ref int run)
    {
        for (var i = 0; i < components; i++)
        {
            above[(i * Stride) + width + 1] = above[(i * Stride) + width];
            here[i * Stride] = above[(i * Stride) + 1];
        }

        for (var x = 1; x <= width;)
        {
            var isFlat = true;
            for (var i = 0; i < components; i++)
            {
                var at = (i * Stride) + x;
                contexts[i] = (81 * Quantized(above[at + 1] - above[at])) + (9 * Quantized(above[at] - above[at - 1])) + Quantized(above[at - 1] - here[at - 1]);
                isFlat &= contexts[i] == 0;
            }

            if (isFlat)
            {
                x = Run(ref bits, above, here, x, ref run);
                continue;
            }

            for (var i = 0; i < components; i++)
            {
                var at = (i * Stride) + x;
                here[at] = Regular(ref bits, contexts[i], here[at - 1], above[at], above[at - 1]);
            }

            x++;
        }
    }

    /// <summary>Section A.3.3.</summary>
    private int Quantized(int gradient)
    {
        var size = Math.Abs(gradient);
        if (size <= near)
            return 0;
        var level = size < presets.T1 ? 1 : size < presets.T2 ? 2 : size < presets.T3 ? 3 : 4;
        return gradient < 0 ? -level : level;
    }

    /// <summary>Sections A.4 to A.6.</summary>
    private int Regular(ref JpegLsBits bits, int context, int left, int up, int upLeft)
    {
        var (q, sign) = context < 0 ? (-context, -1) : (context, 1);
        var predicted = upLeft >= Math.Max(left, up) ? Math.Min(left, up) : upLeft <= Math.Min(left, up) ? Math.Max(left, up) : left + up - upLeft;
        predicted = Math.Clamp(predicted + (sign * c[q]), 0, presets.Maximum);

        var k = Order(n[q], a[q]);
        var mapped = Golomb(ref bits, k, limit);
        var error = (mapped & 1) == 0 ? mapped >> 1 : -((mapped + 1) >> 1);
        if (near == 0 && k == 0 && 2 * b[q] <= -n[q])
            error = -error - 1;

        b[q] += error * step;
        a[q] += (uint)Math.Abs(error);
        if (n[q] == presets.Reset)
            (a[q], b[q], n[q]) = (a[q] >> 1, b[q] >> 1, n[q] >> 1);
        n[q]++;
        if (b[q] <= -n[q])
        {
            b[q] = Math.Max(b[q] + n[q], 1 - n[q]);
            c[q] = Math.Max(c[q] - 1, LowestBias);
        }
        else if (b[q] > 0)
        {
            b[q] = Math.Min(b[q] - n[q], 0);
            c[q] = Math.Min(c[q] + 1, HighestBias);
        }

        return Sample(predicted + (sign * error * step));
    }

    /// <summary>Section A.7: samples equal to their left neighbours, and the one that ends the run.</summary>
    /// <returns>Where the line goes on.</returns>
    private int Run(ref JpegLsBits bits, Span<int> above, Span<int> here, int x, ref int run)
    {
        var end = x;
        while (end <= width && bits.Bit())
        {
            var whole = 1 << RunOrder[run];
            end += whole;
            if (end <= width + 1)
                run = Math.Min(run + 1, RunOrder.Length - 1);
        }

        var isBroken = end <= width;
        if (isBroken)
            end += bits.Bits(RunOrder[run]);
        isBroken &= end <= width;
        end = Math.Min(end, width + 1);
        for (var i = 0; i < components; i++)
        {
            var line = here.Slice(i * Stride, Stride);
            line[x..end].Fill(line[x - 1]);
            if (isBroken)
                line[end] = RunBreak(ref bits, line[end - 1], above[(i * Stride) + end], RunOrder[run]);
        }

        if (!isBroken)
            return end;
        run = Math.Max(0, run - 1);
        return end + 1;
    }

    /// <summary>Section A.7.2.</summary>
    private int RunBreak(ref JpegLsBits bits, int left, int up, int runBits)
    {
        var type = components == 1 && Math.Abs(left - up) <= near ? 1 : 0;
        var q = RunContext + type;
        var k = Order(n[q], type == 0 ? a[q] : a[q] + (uint)(n[q] >> 1));
        var coded = Golomb(ref bits, k, limit - runBits - 1);
        var odd = (coded + type) & 1;
        var size = (coded + type + odd) >> 1;
        var error = (k != 0 || 2 * negative[type] >= n[q]) == (odd == 1) ? -size : size;

        negative[type] += error < 0 ? 1 : 0;
        a[q] += (uint)((coded + 1 - type) >> 1);
        if (n[q] == presets.Reset)
            (a[q], n[q], negative[type]) = (a[q] >> 1, n[q] >> 1, negative[type] >> 1);
        n[q]++;
        return type == 1 ? Sample(left + (error * step)) : Sample(up + ((left > up ? -error : error) * step));
    }

    /// <summary>Section A.5.1: the smallest k for which n x 2^k is not below the sum.</summary>
    private static int Order(int n, uint sum)
    {
        var k = 0;
        while ((long)n << k < sum)
            k++;
        return k;
    }

    /// <summary>Section A.5.3.</summary>
    private int Golomb(ref JpegLsBits bits, int k, int longest)
    {
        var escape = longest - rangeBits - 1;
        var zeros = bits.Zeros(escape);
        var value = zeros < escape ? ((long)zeros << k) | (uint)bits.Bits(k) : bits.Bits(rangeBits) + 1L;
        return value <= 2L * range + 2 ? (int)value : throw new DicomCodecException($"The JPEG-LS scan has an error of {value}; samples go to {presets.Maximum}.");
    }

    /// <summary>Section A.4.5 turned round: back into the range of the samples.</summary>
    private int Sample(int value)
    {
        if (value < -near)
            value += range * step;
        else if (value > presets.Maximum + near)
            value -= range * step;
        return Math.Clamp(value, 0, presets.Maximum);
    }

    private static int BitsFor(int values)
    {
        var bits = 0;
        while (1 << bits < values)
            bits++;
        return bits;
    }
}
