using MRNet.Dicom;

namespace MRNet.Imaging.Cli.Network;

/// <summary>A series as an archive lists it.</summary>
internal sealed record SeriesInfo(string Uid, string Modality, string Description, int Instances)
{
    /// <summary>What a result or a note is, not an image to segment.</summary>
    private static readonly HashSet<string> Derived = ["SEG", "SR", "PR", "KO", "RTSTRUCT", "RTPLAN", "RTDOSE", "REG", "DOC", "AU", "ECG"];

    public static SeriesInfo Of(DicomDataset series) => new(
        series.GetStringOrEmpty(DicomTag.SeriesInstanceUID), series.GetStringOrEmpty(DicomTag.Modality),
        series.GetStringOrEmpty(DicomTag.SeriesDescription), series.GetSingleValueOrDefault(DicomTag.NumberOfSeriesRelatedInstances, 0));

    /// <exception cref="InvalidImageException">None, not this one, or several and none named.</exception>
    public static SeriesInfo Choose(IReadOnlyList<SeriesInfo> all, string study, string? wanted)
    {
        if (all.Count == 0)
            throw new InvalidImageException($"The archive has no series of study {study}.");
        if (wanted is not null)
            return all.FirstOrDefault(series => series.Uid == wanted) ?? throw new InvalidImageException($"The archive has no series {wanted} in study {study}.");
        var images = all.Where(series => !Derived.Contains(series.Modality)).ToArray();
        return images is [var one]
            ? one
            : throw new InvalidImageException($"Study {study} has {images.Length} series of images; name one with --series: {string.Join("; ", (images.Length > 0 ? images : all).Select(series => series.Line))}.");
    }

    private string Line => $"{Uid} ({Modality}{(Instances > 0 ? $", {Instances} instances" : "")}{(Description.Length > 0 ? $", {Description}" : "")})";
}
