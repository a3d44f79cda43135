using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>Frames in their order in space, and the grid they span.</summary>
/// <param name="Frames">Ascending along the normal.</param>
/// <param name="PositionsMm">Of each frame along the normal.</param>
/// <param name="Grid">Even; with gaps, the grid to resample onto.</param>
internal sealed record SliceOrder(IReadOnlyList<ImageFrame> Frames, double[] PositionsMm, Grid Grid, bool HasGaps)
{
    private const double SamePositionMm = 0.001;
    private const double TiltMmPerSlice = 0.1;
    private const double StepShare = 0.01;
    private const double StepMm = 0.01;

    public static SliceOrder Of(List<ImageFrame> frames, GapHandling gaps, List<string> notes)
    {
        if (frames.TrueForAll(frame => frame.Element(DicomTag.PlanePositionSequence, DicomTag.ImagePositionPatient) is null))
            return Picture(frames);

        var first = frames[0];
        var orientation = first.Numbers(DicomTag.PlaneOrientationSequence, DicomTag.ImageOrientationPatient, 6)
            ?? throw new InvalidImageException($"{first.Name}: ImageOrientationPatient is missing.");
        var (x, y) = (new Vector3(orientation[0], orientation[1], orientation[2]), new Vector3(orientation[3], orientation[4], orientation[5]));
        var normal = x.Cross(y);
        if (Math.Abs(x.Length - 1) > 1e-3 || Math.Abs(y.Length - 1) > 1e-3 || Math.Abs(x.Dot(y)) > 1e-3)
            throw new InvalidImageException($"{first.Name}: ImageOrientationPatient does not hold two unit vectors at right angles.");
        (x, y, normal) = (x.Normalised(), y.Normalised(), normal.Normalised());

        var placed = frames.ConvertAll(frame => new Placed(frame, Position(frame), Position(frame).Dot(normal)));
        placed = [.. placed.OrderBy(one => one.Along).ThenBy(one => one.Frame.Source.SopInstanceUid, StringComparer.Ordinal)];
        placed = WithoutCopies(placed, notes);

        var (spacing, hasGaps) = Spacing(placed, normal, gaps, notes);
        var rowColumn = first.Numbers(DicomTag.PixelMeasuresSequence, DicomTag.PixelSpacing, 2)
            ?? throw new InvalidImageException($"{first.Name}: PixelSpacing is missing; without it there are no millimetres.");
        var slices = hasGaps ? (int)Math.Min(int.MaxValue, Math.Round((placed[^1].Along - placed[0].Along) / spacing) + 1) : placed.Count;
        var grid = Size(first, slices) with
        {
            SpacingMm = new(rowColumn[1], rowColumn[0], spacing),
            OriginLps = placed[0].Position,
            DirectionX = x,
            DirectionY = y,
            DirectionZ = normal,
        };
        return new([.. placed.Select(one => one.Frame)], [.. placed.Select(one => one.Along)], grid.Checked(), hasGaps);
    }

    private sealed record Placed(ImageFrame Frame, Vector3 Position, double Along);

    private static SliceOrder Picture(List<ImageFrame> frames)
    {
        if (frames.Count > 1)
            throw new UnsupportedImageException($"The series holds {frames.Count} pictures without position in space; name one file.");
        var size = Size(frames[0], 1);
        return new(frames, [0], Grid.OfPixels(size.Columns, size.Rows), HasGaps: false);
    }

    private static Grid Size(ImageFrame frame, int slices)
    {
        var (columns, rows) = (frame.Dataset.GetSingleValueOrDefault(DicomTag.Columns, 0), frame.Dataset.GetSingleValueOrDefault(DicomTag.Rows, 0));
        return columns > 0 && rows > 0
            ? new(columns, rows, slices)
            : throw new InvalidImageException($"{frame.Name}: Rows x Columns is {rows} x {columns}; each must be at least 1.");
    }

    private static Vector3 Position(ImageFrame frame)
    {
        var p = frame.Numbers(DicomTag.PlanePositionSequence, DicomTag.ImagePositionPatient, 3)
            ?? throw new InvalidImageException($"{frame.Name}: ImagePositionPatient is missing; the other images have it.");
        return new(p[0], p[1], p[2]);
    }

    /// <summary>The same image twice counts once; two images at one position are two time points, and refused.</summary>
    private static List<Placed> WithoutCopies(List<Placed> placed, List<string> notes)
    {
        var kept = new List<Placed>(placed.Count);
        var bySource = new Dictionary<SliceSource, Placed>();
        foreach (var one in placed)
        {
            if (one.Frame.File.SopInstanceUid.Length > 0 && bySource.TryGetValue(one.Frame.Source, out var other))
            {
                if (!IsCopy(one, other))
                    throw new InvalidImageException($"{other.Frame.Name} and {one.Frame.Name} have one SOPInstanceUID and different content.");
                continue;
            }

            if (kept.Count > 0 && one.Along - kept[^1].Along < SamePositionMm)
                throw new UnsupportedImageException($"{kept[^1].Frame.Name} and {one.Frame.Name} are at one position: two time points, or two series in one. {Times(placed)}Name one series or stack.");
            bySource[one.Frame.Source] = one;
            kept.Add(one);
        }

        if (kept.Count < placed.Count)
            notes.Add($"{placed.Count - kept.Count} images were there twice and are used once.");
        return kept;
    }

    private static string Times(List<Placed> placed)
    {
        var positions = 1;
        for (var i = 1; i < placed.Count; i++)
            positions += placed[i].Along - placed[i - 1].Along >= SamePositionMm ? 1 : 0;
        return $"The {placed.Count} images are at {positions} positions. ";
    }

    private static bool IsCopy(Placed a, Placed b)
    {
        if ((a.Position - b.Position).Length > SamePositionMm)
            return false;
        try
        {
            return DicomPixelData.Create(a.Frame.Dataset).GetFrame(a.Frame.Index).Span.SequenceEqual(DicomPixelData.Create(b.Frame.Dataset).GetFrame(b.Frame.Index).Span);
        }
        catch (DicomException error)
        {
            throw Translated.Of(error, a.Frame.Name, a.Frame.Dataset.InternalTransferSyntax);
        }
    }

    /// <summary>Spacing from positions only: Slice Thickness and Spacing Between Slices are often something else.</summary>
    private static (double SpacingMm, bool HasGaps) Spacing(List<Placed> placed, Vector3 normal, GapHandling handling, List<string> notes)
    {
        if (placed.Count == 1)
            return (placed[0].Frame.Numbers(DicomTag.PixelMeasuresSequence, DicomTag.SliceThickness, 1) is [> 0 and var thickness] ? thickness : 1, false);

        var steps = Enumerable.Range(1, placed.Count - 1).Select(i => placed[i].Along - placed[i - 1].Along).ToArray();
        var median = Median(steps);
        var tilt = Tilt(placed, normal);
        var gaps = Gaps(placed, steps, median);

        if (tilt is not null && gaps is not null)
            throw new UnsupportedImageException($"{tilt} Also, {gaps}");
        if (tilt is not null)
            throw new UnsupportedImageException(tilt);
        if (gaps is not null && handling == GapHandling.Refuse)
            throw new UnsupportedImageException($"The slices are not evenly spaced: {gaps} Resample on request only (--gaps resample).");
        if (gaps is not null)
            notes.Add($"Resampled along the normal: {gaps}");
        else
            Compare(placed[0].Frame, median, notes);
        return gaps is null ? ((placed[^1].Along - placed[0].Along) / (placed.Count - 1), false) : (median, true);
    }

    /// <summary>Of an even number the lower one: a step there is, not one between two.</summary>
    private static double Median(double[] steps) => steps.Order().ElementAt((steps.Length - 1) / 2);

    /// <returns>Why it is tilted, or null. The tag alone, without drift, is no tilt.</returns>
    private static string? Tilt(List<Placed> placed, Vector3 normal)
    {
        var (worst, angle) = (0.0, 0.0);
        for (var i = 1; i < placed.Count; i++)
        {
            var move = placed[i].Position - placed[i - 1].Position;
            var along = move.Dot(normal);
            var drift = (move - normal * along).Length;
            if (drift > worst)
                (worst, angle) = (drift, Math.Atan2(drift, along) * 180 / Math.PI);
        }

        return worst <= TiltMmPerSlice ? null : FormattableString.Invariant(
            $"The gantry is tilted by {angle:0.#} degrees: positions move up to {worst:0.##} mm within the plane from slice to slice; slices of a volume lie straight above each other. Straighten the series first.");
    }

    private static string? Gaps(List<Placed> placed, double[] steps, double median)
    {
        var allowed = Math.Max(StepMm, StepShare * median);
        var gaps = Enumerable.Range(0, steps.Length).Where(i => Math.Abs(steps[i] - median) > allowed).ToArray();
        if (gaps.Length == 0)
            return null;

        var list = gaps.Take(8).Select(i => FormattableString.Invariant($"{steps[i]:0.###} mm between {placed[i].Frame.Name} and {placed[i + 1].Frame.Name}{Missing(steps[i], median)}"));
        return FormattableString.Invariant($"{gaps.Length} of {steps.Length} steps differ from the usual {median:0.###} mm: {string.Join("; ", list)}{(gaps.Length > 8 ? "; ..." : "")}.");
    }

    private static string Missing(double step, double median)
    {
        var images = Math.Round(step / median) - 1;
        return images >= 1 && Math.Abs(step / median - images - 1) < 0.05 ? FormattableString.Invariant($" ({images} missing)") : "";
    }

    private static void Compare(ImageFrame frame, double spacing, List<string> notes)
    {
        if (frame.Numbers(DicomTag.PixelMeasuresSequence, DicomTag.SpacingBetweenSlices, 1) is [var stated] && Math.Abs(Math.Abs(stated) - spacing) > Math.Max(StepMm, StepShare * spacing))
            notes.Add(FormattableString.Invariant($"SpacingBetweenSlices says {stated:0.###} mm, the positions {spacing:0.###} mm: the positions are used."));
    }
}
