using System.Globalization;

namespace MRNet.Imaging.Pictures;

/// <summary>Something measured again and again.</summary>
/// <param name="Values">One after the other; at least one.</param>
/// <param name="Colour">0xRRGGBB</param>
public sealed record Curve(string Name, IReadOnlyList<double> Values, int Colour);

/// <summary>Curves one below the other, each with its own scale: a picture without any font of the system.</summary>
public static class LineChart
{
    private const int Width = 900;
    private const int Panel = 240;
    private const int Left = 110;
    private const int Edge = 30;
    private const int White = 0xFFFFFF;
    private const int Ink = 0x202020;
    private const int Rule = 0xD8D8D8;

    /// <summary>Writes a PNG; what is not a finite number is left out.</summary>
    public static void Write(string path, params Curve[] curves)
    {
        var canvas = new Canvas(Width, Panel * curves.Length, White);
        for (var i = 0; i < curves.Length; i++)
            Draw(canvas, curves[i], i * Panel);
        using var bitmap = canvas.ToBitmap();
        PictureWriter.Write(path, bitmap);
    }

    private static void Draw(Canvas canvas, Curve curve, int top)
    {
        double[] finite = [.. curve.Values.Where(double.IsFinite)];
        if (finite.Length == 0)
            return;

        var (low, high) = (finite.Min(), finite.Max());
        var (bottom, height) = (top + Panel - Edge, Panel - 2 * Edge);
        foreach (var share in new[] { 0, 0.5, 1 })
        {
            canvas.Fill(Left, bottom - (int)(share * height), Width - Left - Edge, 1, Rule);
            canvas.Text(6, bottom - (int)(share * height) - Canvas.LineHeight / 2, (low + share * (high - low)).ToString("0.0000", CultureInfo.InvariantCulture), Ink);
        }

        canvas.Text(Left, top + 6, $"{curve.Name}: last {curve.Values[^1].ToString("0.0000", CultureInfo.InvariantCulture)}, {curve.Values.Count} epochs", curve.Colour);
        var places = curve.Values.Select((value, i) => (
            X: Left + (int)((Width - Left - Edge - 1) * (curve.Values.Count == 1 ? 0.5 : (double)i / (curve.Values.Count - 1))),
            Y: double.IsFinite(value) ? bottom - (int)(height * (high > low ? (value - low) / (high - low) : 0.5)) : -1)).ToArray();
        foreach (var (x, y) in places.Where(place => place.Y >= 0))
            canvas.Fill(x - 2, y - 2, 5, 5, curve.Colour);
        foreach (var (from, to) in places.Zip(places.Skip(1)).Where(pair => pair.First.Y >= 0 && pair.Second.Y >= 0))
            Line(canvas, from, to, curve.Colour);
    }

    private static void Line(Canvas canvas, (int X, int Y) from, (int X, int Y) to, int colour)
    {
        var steps = Math.Max(1, Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)));
        for (var i = 0; i <= steps; i++)
            canvas.Fill(from.X + (to.X - from.X) * i / steps, from.Y + (to.Y - from.Y) * i / steps, 2, 2, colour);
    }
}
