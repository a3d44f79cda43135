namespace MRNet.Imaging.Dicom;

/// <summary>What a folder holds.</summary>
/// <param name="Series">In the order of their UIDs.</param>
/// <param name="NotDicom">Files that are not DICOM, or DICOMDIR: skipped.</param>
/// <param name="Damaged">DICOM files that could not be read.</param>
public sealed record SeriesScan(IReadOnlyList<SeriesSummary> Series, int NotDicom, IReadOnlyList<DamagedFile> Damaged);

/// <summary>One series of a folder, from its headers.</summary>
/// <param name="SeriesInstanceUid">Empty when the files have none.</param>
/// <param name="Description">Free text of the hospital: for the person at the screen, never for a log.</param>
/// <param name="Files">Paths, as they were found.</param>
/// <param name="Images">Frames that would become slices.</param>
/// <param name="Reason">Why it cannot be read; null when it can.</param>
public sealed record SeriesSummary(
    string SeriesInstanceUid, string Modality, string Description, IReadOnlyList<string> Files, int Images, int Rows, int Columns, string? Reason)
{
    public bool IsReadable => Reason is null;
}

/// <param name="Name">File name, without folders.</param>
public sealed record DamagedFile(string Name, string Reason);
