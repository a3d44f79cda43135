namespace MRNet.Imaging.Dicom;

/// <summary>Of all files found, those of the one series to read.</summary>
internal static class SeriesChoice
{
    public static IReadOnlyList<ImageFile> Of(FileScan scan, SeriesReadOptions options, List<string> notes)
    {
        if (scan.Files.Count == 0)
            throw scan.Broken.Count > 0
                ? new InvalidImageException(Damaged(scan.Broken[0]))
                : new InvalidImageException($"There is no DICOM file among {scan.NotDicom} files.");
        if (scan.NotDicom > 0)
            notes.Add($"{scan.NotDicom} files are not DICOM and were skipped.");

        var images = scan.Files.Where(file => FrameSelection.WhyNoImage(file) is null).ToLookup(file => file.SeriesKey);
        if (options.SeriesUid is null && images.Count > 1)
            images = WithoutLocalizers(images, notes);
        var chosen = options.SeriesUid is { } uid ? Named(uid, images, scan) : Only(images, scan);

        RefuseDamaged(scan, chosen[0].SeriesUid, options, notes);
        return chosen;
    }

    private static ILookup<string, ImageFile> WithoutLocalizers(ILookup<string, ImageFile> images, List<string> notes)
    {
        var scouts = images.Where(series => series.All(FrameSelection.IsLocalizer)).Select(series => series.Key).ToHashSet();
        if (scouts.Count == 0 || scouts.Count == images.Count)
            return images;
        notes.Add($"{scouts.Count} series of localizers left out.");
        return images.Where(series => !scouts.Contains(series.Key)).SelectMany(series => series).ToLookup(file => file.SeriesKey);
    }

    /// <summary>The message about a damaged file, and what to do.</summary>
    public static string Damaged(BrokenFile file) => $"{file.Name} is damaged: {file.Reason} Restore it, or leave damaged files out (--tolerant).";

    private static ImageFile[] Named(string uid, ILookup<string, ImageFile> images, FileScan scan)
    {
        if (images.Contains(uid))
            return [.. images[uid]];
        throw scan.Files.FirstOrDefault(file => file.SeriesUid == uid) is { } other
            ? new UnsupportedImageException($"Series {uid}: {other.Name}: {FrameSelection.WhyNoImage(other)}.")
            : new InvalidImageException($"Series {uid} is not there. Found: {List(images)}.");
    }

    private static ImageFile[] Only(ILookup<string, ImageFile> images, FileScan scan)
    {
        if (images.Count == 0)
            throw new UnsupportedImageException($"{scan.Files[0].Name}: {FrameSelection.WhyNoImage(scan.Files[0])}.");
        return images.Count == 1
            ? [.. images.First()]
            : throw new InvalidImageException($"{images.Count} series were found; name one of them (--series UID): {List(images)}.");
    }

    private static string List(ILookup<string, ImageFile> images) => string.Join("; ", images
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => $"{(group.Key.StartsWith('?') ? "(no UID)" : group.Key)} {group.First().Modality}, {group.Count()} files"));

    private static void RefuseDamaged(FileScan scan, string seriesUid, SeriesReadOptions options, List<string> notes)
    {
        // A damaged file whose header still names another series is no concern of this one.
        var ours = scan.Broken.Where(file => file.SeriesUid.Length == 0 || file.SeriesUid == seriesUid).ToArray();
        if (ours.Length == 0)
            return;
        // Where the user named a series, a file that no longer says whose it is is only told of.
        var mayBelong = options.SeriesUid is null || ours.Any(file => file.SeriesUid.Length > 0);
        if (!options.Tolerant && mayBelong)
            throw new InvalidImageException(Damaged(ours[0]));
        notes.Add($"Left out as damaged: {string.Join(", ", ours.Select(file => file.Name))}.");
    }
}
