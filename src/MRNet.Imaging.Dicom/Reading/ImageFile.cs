using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>A DICOM file whose header was read; its pixels are still in the file.</summary>
internal sealed record ImageFile(string Path, DicomDataset Dataset, string SopClassUid, string SopInstanceUid)
{
    public string Name => System.IO.Path.GetFileName(Path);

    public string SeriesUid => Dataset.GetStringOrEmpty(DicomTag.SeriesInstanceUID);

    /// <summary>What groups files: the series UID, or where anonymisation emptied it, folder, modality and number.</summary>
    public string SeriesKey => SeriesUid is { Length: > 0 } uid
        ? uid
        : $"?{System.IO.Path.GetDirectoryName(Path)}|{Modality}|{Dataset.GetStringOrEmpty(DicomTag.SeriesNumber)}";

    public string Modality => Dataset.GetStringOrEmpty(DicomTag.Modality);

    /// <exception cref="DicomException">Damaged, or not DICOM.</exception>
    public static ImageFile Open(string path, bool tolerant)
    {
        // Small values are read with the header, pixels stay in the file; the length of every value is checked against the file.
        var file = DicomFile.Open(path, new DicomReadOptions { Tolerant = tolerant, OnDemandBytes = 8 * 1024 });
        var dataset = file.Dataset;
        return new(
            path, dataset,
            Uid(dataset, DicomTag.SOPClassUID, file.FileMetaInfo.MediaStorageSOPClassUID),
            Uid(dataset, DicomTag.SOPInstanceUID, file.FileMetaInfo.MediaStorageSOPInstanceUID));
    }

    private static string Uid(DicomDataset dataset, DicomTag tag, string fallback) =>
        dataset.GetStringOrEmpty(tag) is { Length: > 0 } own ? own : fallback;
}

/// <summary>A file that says it is DICOM and is not whole.</summary>
/// <param name="SeriesUid">Empty when even that could not be read.</param>
internal sealed record BrokenFile(string Path, string Reason, string SeriesUid)
{
    public string Name => System.IO.Path.GetFileName(Path);
}

/// <summary>All DICOM files of some paths and folders.</summary>
internal sealed record FileScan(IReadOnlyList<ImageFile> Files, IReadOnlyList<BrokenFile> Broken, int NotDicom)
{
    private const string DirectoryClass = "1.2.840.10008.1.3.10";

    /// <exception cref="InvalidImageException">A path does not exist, or a file named by itself is not DICOM.</exception>
    public static FileScan Of(IEnumerable<string> pathsOrFolders, bool tolerant, int threads, CancellationToken cancellation)
    {
        var paths = new List<string>();
        foreach (var path in pathsOrFolders)
        {
            if (Directory.Exists(path))
                paths.AddRange(FilesBelow(path));
            else if (!File.Exists(path))
                throw new InvalidImageException($"There is no file or folder '{Path.GetFileName(path)}'.");
            else
                paths.Add(path);
        }

        paths = [.. paths.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var opened = new object?[paths.Count];
        Parallel.For(0, paths.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, i => opened[i] = Open(paths[i], tolerant));
        return new([.. opened.OfType<ImageFile>()], [.. opened.OfType<BrokenFile>()], opened.Count(one => one is null));
    }

    /// <summary>Ordinary files; links to folders are not followed (they may lead back), pipes and devices not opened (they may never answer).</summary>
    private static IEnumerable<string> FilesBelow(string folder)
    {
        var all = new EnumerationOptions { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", all))
        {
            if (entry is DirectoryInfo { LinkTarget: null })
                foreach (var file in FilesBelow(entry.FullName))
                    yield return file;
            else if (entry is FileInfo && !entry.Attributes.HasFlag(FileAttributes.Device) && !IsSpecial(entry.FullName))
                yield return Path.Combine(folder, entry.Name);
        }
    }

    /// <summary>A pipe or socket: .NET gives it a length of 0 and no attribute of its own, so only empty entries are looked at.</summary>
    private static bool IsSpecial(string file) => new FileInfo(file).Length == 0;

    /// <returns>An <see cref="ImageFile"/>, a <see cref="BrokenFile"/>, or null for something else.</returns>
    private static object? Open(string path, bool tolerant)
    {
        if (!tolerant && !DicomFile.HasValidHeader(path))
            return null;
        try
        {
            var file = ImageFile.Open(path, tolerant: false);
            return file.SopClassUid == DirectoryClass ? null : file;
        }
        catch (DicomException error)
        {
            return BrokenOrTolerated(path, error, tolerant);
        }
    }

    private static object? BrokenOrTolerated(string path, DicomException error, bool tolerant)
    {
        try
        {
            var file = ImageFile.Open(path, tolerant: true);
            // Without preamble or meta information a file may still be whole: its pixels will tell.
            return tolerant && HasWholePixels(file.Dataset) ? file : new BrokenFile(path, error.Message, file.SeriesUid);
        }
        catch (DicomException)
        {
            return DicomFile.HasValidHeader(path) ? new BrokenFile(path, error.Message, "") : null;
        }
    }

    private static bool HasWholePixels(DicomDataset dataset)
    {
        try
        {
            var pixels = DicomPixelData.Create(dataset);
            return pixels.GetFrame(pixels.NumberOfFrames - 1).Length > 0;
        }
        catch (DicomException)
        {
            return false;
        }
    }
}
