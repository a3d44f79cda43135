using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>DICOM files in, a volume out. Nothing about the order, spacing or values of the slices is guessed: what is not certain is refused with the reason.</summary>
public static class DicomSeriesReader
{
    /// <summary>What series files and folders hold, from their headers; says of each whether it can be read.</summary>
    /// <exception cref="InvalidImageException">A path does not exist.</exception>
    public static SeriesScan Scan(IEnumerable<string> pathsOrFolders, SeriesReadOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pathsOrFolders);
        options ??= new();
        var scan = FileScan.Of(pathsOrFolders, options.Tolerant, options.Threads, cancellation);
        var series = scan.Files.GroupBy(file => file.SeriesKey).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => Summary([.. group], scan.Broken, options));
        return new([.. series], scan.NotDicom, [.. scan.Broken.Select(file => new DamagedFile(file.Name, file.Reason))]);
    }

    /// <summary>Reads one series.</summary>
    /// <param name="progress">Told the share done, 0 to 1, after each slice.</param>
    /// <exception cref="InvalidImageException">Several series and none named, or a file breaks its format.</exception>
    /// <exception cref="UnsupportedImageException">Gaps, tilt, several stacks, a mosaic, a time series: the message says which.</exception>
    /// <exception cref="ResourceLimitException">More samples than one array may hold.</exception>
    public static DicomSeries Read(
        IEnumerable<string> pathsOrFolders, SeriesReadOptions? options = null, IProgress<float>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pathsOrFolders);
        options ??= new();
        var notes = new List<string>();
        var scan = FileScan.Of(pathsOrFolders, options.Tolerant, options.Threads, cancellation);
        var files = SeriesChoice.Of(scan, options, notes);

        while (true)
        {
            var said = new List<string>(notes);
            var order = Ordered(files, options, said);
            var voxels = new VoxelReader(order.Frames, order.Grid, options);
            voxels.Read(progress, cancellation);
            if (voxels.Failures.Count == 0)
                return SeriesAssembly.Of(order, voxels, said);

            // Damage inside pixel data shows only now: without those files the slices are put in order once more.
            var (frame, error) = voxels.Failures[0];
            var damaged = voxels.Failures.Select(failure => failure.Frame.File).ToHashSet();
            if (!options.Tolerant || damaged.Count == files.Count || error is UnsupportedImageException)
                throw error is InvalidImageException && !options.Tolerant
                    ? new InvalidImageException($"{error.Message} Restore {frame.File.Name}, or leave damaged files out (--tolerant).", error)
                    : error;
            notes.Add($"Left out as damaged: {string.Join(", ", damaged.Select(file => file.Name).Order(StringComparer.Ordinal))}.");
            files = [.. files.Where(file => !damaged.Contains(file))];
        }
    }

    private static SliceOrder Ordered(IReadOnlyList<ImageFile> files, SeriesReadOptions options, List<string> notes) =>
        Translated.Errors(files[0].Name, null, () => SliceOrder.Of(FrameSelection.Of(files, options, notes), options.Gaps, notes));

    private static SeriesSummary Summary(IReadOnlyList<ImageFile> files, IReadOnlyList<BrokenFile> broken, SeriesReadOptions options)
    {
        var first = files[0];
        var images = files.Sum(file => Math.Max(1, file.Dataset.GetSingleValueOrDefault(DicomTag.NumberOfFrames, 1)));
        return new(
            first.SeriesUid, first.Modality, first.Dataset.GetStringOrEmpty(DicomTag.SeriesDescription), [.. files.Select(file => file.Path)], images,
            first.Dataset.GetSingleValueOrDefault(DicomTag.Rows, 0), first.Dataset.GetSingleValueOrDefault(DicomTag.Columns, 0),
            WhyNot(files, broken, options));
    }

    private static string? WhyNot(IReadOnlyList<ImageFile> files, IReadOnlyList<BrokenFile> broken, SeriesReadOptions options)
    {
        try
        {
            var images = files.Where(file => FrameSelection.WhyNoImage(file) is null).ToArray();
            Ordered(images.Length > 0 ? images : files, options, []);
            return broken.FirstOrDefault(file => file.SeriesUid.Length > 0 && file.SeriesUid == files[0].SeriesUid) is { } damaged && !options.Tolerant ? SeriesChoice.Damaged(damaged) : null;
        }
        catch (ImagingException error)
        {
            return error.Message;
        }
    }
}
