namespace MRNet.Imaging.Training;

/// <summary>A bright blob painted beside what is to be found: a locator that only looks for the brightest spot is wrong then.</summary>
/// <param name="X">Middle, in pixels of the slice.</param>
/// <param name="Radius">In pixels of the slice.</param>
/// <param name="Lobe">How uneven the outline is, 0..1, and at which angle.</param>
/// <param name="Colour">[C], 0..1.</param>
internal sealed record Decoy(float X, float Y, float Radius, float Lobe, float Angle, float[] Colour)
{
    private const int Most = 3;

    /// <summary>One to three in a share of the views.</summary>
    public static Decoy[] Draw(double share, TrainingSlice slice, int channels, Random random) =>
        random.NextSingle() >= share ? [] : [.. Enumerable.Range(0, random.Next(1, Most + 1)).Select(_ => One(slice, channels, random))];

    /// <returns>0 outside, 1 in the middle, soft between.</returns>
    public float Weight(float x, float y)
    {
        var (dx, dy) = (x - X, y - Y);
        var (distance, angle) = (MathF.Sqrt(dx * dx + dy * dy), MathF.Atan2(dy, dx) + Angle);
        var edge = Radius * (1 + Lobe * (0.6f * MathF.Sin(2 * angle) + 0.4f * MathF.Sin(5 * angle + Angle)));
        return Math.Clamp((edge - distance) / (0.25f * Radius), 0, 1);
    }

    /// <summary>As exudates are: yellow and white in a photograph, where blue stays low.</summary>
    private static Decoy One(TrainingSlice slice, int channels, Random random) => new(
        random.NextSingle() * slice.Columns, random.NextSingle() * slice.Rows, (0.012f + 0.075f * random.NextSingle()) * slice.Columns, 0.5f * random.NextSingle(), random.NextSingle() * MathF.Tau,
        [.. Enumerable.Range(0, channels).Select(c => (0.55f + 0.45f * random.NextSingle()) * (c == 2 ? 0.1f + 0.6f * random.NextSingle() : 1))]);
}
