namespace MRNet.Imaging.DataSets;

/// <summary>
/// Exact Euclidean distance to the edge of a mask in two dimensions, row by row and column by column (Felzenszwalb and
/// Huttenlocher, "Distance Transforms of Sampled Functions", Theory of Computing 8, 2012).
/// </summary>
internal static class SignedDistance
{
    /// <param name="mask">(rows, columns), 0 or 1; at least one of each.</param>
    /// <param name="spacingX">Between columns, in the unit of the result.</param>
    /// <returns>(rows, columns): positive inside, negative outside; the edge runs half a pixel from the outermost centres.</returns>
    public static float[] Of(ReadOnlySpan<byte> mask, int columns, int rows, double spacingX, double spacingY)
    {
        var (toOutside, toInside) = (Squared(mask, 0, columns, rows, spacingX, spacingY), Squared(mask, 1, columns, rows, spacingX, spacingY));
        var half = Math.Min(spacingX, spacingY) / 2;
        var signed = new float[mask.Length];
        for (var i = 0; i < signed.Length; i++)
            signed[i] = (float)(mask[i] != 0 ? Math.Sqrt(toOutside[i]) - half : half - Math.Sqrt(toInside[i]));
        return signed;
    }

    /// <summary>Squared distance of each pixel to the nearest with that value.</summary>
    private static double[] Squared(ReadOnlySpan<byte> mask, byte value, int columns, int rows, double spacingX, double spacingY)
    {
        const double far = 1e20;
        var field = new double[mask.Length];
        for (var i = 0; i < field.Length; i++)
            field[i] = mask[i] == value ? 0 : far;

        var line = new Line(Math.Max(columns, rows));
        for (var x = 0; x < columns; x++)
            line.Transform(field, x, columns, rows, spacingY);
        for (var y = 0; y < rows; y++)
            line.Transform(field, y * columns, 1, columns, spacingX);
        return field;
    }

    /// <summary>The lower envelope of parabolas along one line.</summary>
    private sealed class Line(int longest)
    {
        private readonly double[] values = new double[longest];
        private readonly int[] apexes = new int[longest];
        private readonly double[] starts = new double[longest + 1];

        public void Transform(double[] field, int first, int stride, int length, double spacing)
        {
            for (var i = 0; i < length; i++)
                values[i] = field[first + i * stride] / (spacing * spacing);

            var last = Envelope(length);
            for (int i = 0, parabola = 0; i < length; i++)
            {
                while (parabola < last && starts[parabola + 1] < i)
                    parabola++;
                var away = i - apexes[parabola];
                field[first + i * stride] = (away * (double)away + values[apexes[parabola]]) * spacing * spacing;
            }
        }

        /// <returns>The index of the last parabola.</returns>
        private int Envelope(int length)
        {
            var last = 0;
            (apexes[0], starts[0]) = (0, double.NegativeInfinity);
            for (var i = 1; i < length; i++)
            {
                var start = Meet(apexes[last], i);
                while (last > 0 && start <= starts[last])
                    start = Meet(apexes[--last], i);
                (apexes[++last], starts[last]) = (i, start);
            }

            return last;
        }

        private double Meet(int a, int b) => (values[b] + b * (double)b - values[a] - a * (double)a) / (2.0 * (b - a));
    }
}
