using static System.FormattableString;

namespace MRNet.Imaging.Pictures;

/// <summary>How a contact sheet looks.</summary>
public sealed record ContactSheetOptions
{
    /// <summary>Slices that are shown at most.</summary>
    public int MaxSlices { get; init; } = 12;

    /// <summary>What shows black and white; null: chosen from the image.</summary>
    public DisplayWindow? Window { get; init; }

    /// <summary>Channel that is shown of an image that is not red, green, blue.</summary>
    public int Channel { get; init; }
}

/// <summary>
/// One picture for a person to judge a result by: for each chosen slice the image, the image with the outlines of the
/// mask and of each rater, and the image with the uncertainty in colour.
/// </summary>
public static class ContactSheet
{
    private const int Background = 0x101418;
    private const int Ink = 0xe8ecf0;
    private const int FaintInk = 0x98a4b0;
    private const int Warning = 0xffb703;
    private const int Margin = 16;
    private const int Gap = 6;
    private const int BarWidth = 14;
    private const float MaxUncertainty = 0.5f; // standard deviation of numbers between 0 and 1

    private static readonly int[] RaterColours = [0x4cc9f0, 0xf72585, 0xb5e48c, 0xffb703, 0xc77dff, 0xff8fa3, 0x80ffdb, 0xe9c46a];

    /// <exception cref="ArgumentException">The result is of another grid than the volume.</exception>
    public static void Write(string path, Volume volume, SegmentationResult result, ContactSheetOptions? options = null)
    {
        using var bitmap = Draw(volume, result, options ?? new()).ToBitmap();
        PictureWriter.Write(path, bitmap);
    }

    internal static Canvas Draw(Volume volume, SegmentationResult result, ContactSheetOptions options)
    {
        if (volume.Grid.Count != result.Maps.Grid.Count)
            throw new ArgumentException("The result is of another grid than the volume.", nameof(result));

        var slices = Slices(result, options.MaxSlices);
        var size = slices.Count switch { 1 => 420, 2 => 340, _ => 250 };
        var across = slices.Count > 2 ? 2 : 1; // slices beside each other
        var view = new SliceView(volume.Grid, Field(volume.Grid, result.Maps.Box), size);
        var (blockWidth, blockHeight) = (3 * (view.Width + Gap), view.Height + Canvas.LineHeight + Margin);

        var head = Head(result, options.Window ?? DisplayWindow.Of(volume, result.Maps.Box, options.Channel), IsColour(volume));
        var contentWidth = across * (blockWidth + Margin) + BarWidth + 4 * Canvas.LetterWidth;
        var width = 2 * Margin + Math.Max(contentWidth, head.Max(line => line.Width));
        var top = Margin + head.Count * Canvas.LineHeight + Margin / 2;
        var canvas = new Canvas(width, top + (slices.Count + across - 1) / across * blockHeight + Margin, Background);

        for (var i = 0; i < head.Count; i++)
            head[i].Draw(canvas, Margin, Margin + i * Canvas.LineHeight);

        var painter = new SlicePainter(volume, result, view, options);
        for (var i = 0; i < slices.Count; i++)
        {
            var (x, y) = (Margin + i % across * (blockWidth + Margin), top + i / across * blockHeight);
            canvas.Text(x, y, Caption(volume.Grid, slices[i]), FaintInk);
            painter.Paint(canvas, x, y + Canvas.LineHeight, Gap, slices[i]);
        }

        Bar(canvas, Margin + across * (blockWidth + Margin), top + Canvas.LineHeight, view.Height);
        return canvas;
    }

    internal static int RaterColour(int rater) => RaterColours[rater % RaterColours.Length];

    internal static bool IsColour(Volume volume) => volume.Channels == 3 && !volume.Grid.HasPatientSpace;

    internal static float ShareOfMaximum(float uncertainty) => uncertainty / MaxUncertainty;

    /// <summary>Slices of the grid where a structure is, evenly chosen; of the whole box where there is none.</summary>
    internal static IReadOnlyList<int> Slices(SegmentationResult result, int most)
    {
        var box = result.Maps.Box;
        var all = Enumerable.Range(0, box.Slices);
        int[] present = [.. all.Where(z => result.Masks.Any(mask => mask.AsSpan(z * box.PixelsPerSlice, box.PixelsPerSlice).ContainsAnyExcept((byte)0)))];
        var from = present.Length > 0 ? present : [.. all];

        var count = Math.Min(Math.Max(1, most), from.Length);
        return [.. Enumerable.Range(0, count).Select(i => box.Z + from[count == 1 ? from.Length / 2 : (int)((long)i * (from.Length - 1) / (count - 1))])];
    }

    /// <summary>The box and a little around it, so that one sees where one is.</summary>
    private static VoxelBox Field(Grid grid, VoxelBox box)
    {
        var (x, y) = (Math.Max(0, box.X - box.Columns / 8), Math.Max(0, box.Y - box.Rows / 8));
        var (right, bottom) = (Math.Min(grid.Columns, box.X + box.Columns + box.Columns / 8), Math.Min(grid.Rows, box.Y + box.Rows + box.Rows / 8));
        return box with { X = x, Y = y, Columns = right - x, Rows = bottom - y };
    }

    private static List<Line> Head(SegmentationResult result, DisplayWindow window, bool colour)
    {
        var made = result.Provenance;
        var lines = new List<Line>
        {
            new([(Ink, $"{made.ModelId} {made.ModelVersion}"), (FaintInk, Invariant($"   threshold {made.Threshold:0.##}   {made.Preparation}   mrnet {made.SoftwareVersion}   {made.Created:yyyy-MM-dd HH:mm zzz}"))]),
        };

        for (var s = 0; s < result.Structures.Count; s++)
            lines.Add(new([(result.Structures[s].Color, "\u25a0 "), (Ink, result.Structures[s].Label), (FaintInk, Size(result.Measurements[s]))]));

        if (made.Caveat.Length > 0)
            lines.Add(new([(Warning, $"{made.Caveat}: {(made.Quality == Quality.Preview ? "the U-Net alone, no raters and no uncertainty" : "computed in lower precision")}")]));
        lines.Add(new([(FaintInk, "raters and weights:"), .. made.Raters.Select((rater, i) => (RaterColour(i), Invariant($"  {rater} {(i < made.Expertness.Count ? made.Expertness[i] : 0):0.##}")))]));
        lines.Add(new([(FaintInk, $"image{(colour ? "" : Invariant($" ({window.Low:0.##} to {window.High:0.##})"))}  |  outlines: mask thick, raters thin  |  uncertainty (standard deviation of the raters)")]));
        return lines;
    }

    private static string Size(Measurement size)
    {
        var (unit, mask) = size.VolumeMl is { } ml ? ("mL", Number(ml)) : ("pixels", Invariant($"{size.Voxels}"));
        var raters = size.RaterVolumesMl.Count > 0 ? $" (raters {Number(size.RaterVolumesMl.Min())} to {Number(size.RaterVolumesMl.Max())})" : "";
        var uncertainty = size.MeanUncertainty is null ? "" : Invariant($"   uncertainty mean {size.MeanUncertainty:0.00}, most {size.MaxUncertainty:0.00}");
        return Invariant($"  {mask} {unit}{raters}{uncertainty}");
    }

    /// <summary>Three figures, and whole numbers from 100 on.</summary>
    private static string Number(double value) => Math.Abs(value) switch
    {
        >= 100 => Invariant($"{value:0}"),
        >= 10 => Invariant($"{value:0.0}"),
        >= 1 or 0 => Invariant($"{value:0.00}"),
        _ => Invariant($"{value:0.000}"),
    };

    private static string Caption(Grid grid, int slice)
    {
        if (!grid.HasPatientSpace)
            return grid.Slices == 1 ? Invariant($"{grid.Columns} x {grid.Rows} pixels") : $"slice {slice} of 0..{grid.Slices - 1}";

        var centre = grid.ToPatient((grid.Columns - 1) / 2.0, (grid.Rows - 1) / 2.0, slice);
        var (towards, mm) = Anatomy.Letter(grid.DirectionZ) switch
        {
            'L' or 'R' => (centre.X >= 0 ? 'L' : 'R', centre.X),
            'A' or 'P' => (centre.Y >= 0 ? 'P' : 'A', centre.Y),
            _ => (centre.Z >= 0 ? 'H' : 'F', centre.Z),
        };
        return Invariant($"slice {slice} of 0..{grid.Slices - 1}   {towards} {Math.Abs(mm):0.0} mm");
    }

    private static void Bar(Canvas canvas, int x, int y, int height)
    {
        for (var row = 0; row < height; row++)
        {
            var (r, g, b) = Heat.Colour(1 - row / (float)(height - 1));
            canvas.Fill(x, y + row, BarWidth, 1, ((int)r << 16) | ((int)g << 8) | (int)b);
        }

        var label = x + BarWidth + 4;
        canvas.Text(label, y, "0.5", Ink);
        canvas.Text(label, y + height / 2 - 8, ".25", FaintInk);
        canvas.Text(label, y + height - 14, "0", Ink);
    }

    /// <summary>A line of text in several colours.</summary>
    private sealed record Line(IReadOnlyList<(int Colour, string Text)> Parts)
    {
        public int Width => Parts.Sum(part => part.Text.Length) * Canvas.LetterWidth;

        public void Draw(Canvas canvas, int x, int y)
        {
            foreach (var (colour, text) in Parts)
                x = canvas.Text(x, y, text, colour);
        }
    }
}
