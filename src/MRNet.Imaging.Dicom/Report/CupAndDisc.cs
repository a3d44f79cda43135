using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using MRNet.Imaging.Evaluation;
using static MRNet.Imaging.Dicom.Report.Relationship;

namespace MRNet.Imaging.Dicom.Report;

/// <summary>The measurement group of the vertical cup-to-disc ratio with its range over the raters; TID 1501, for it belongs to two segments.</summary>
internal sealed class CupAndDisc(DicomSeries source, SegmentationResult result, WriterOptions options)
{
    /// <returns>Null without a cup and a disc, or where no disc was found.</returns>
    public DicomDataset? Group(IReadOnlyList<ReportedSegment> segments)
    {
        var (cup, disc) = (Find("cup"), Find("disc"));
        if (cup < 0 || disc < 0 || result.Maps.Box.Slices > 1)
            return null;
        var range = Range(cup, disc);
        return range.Predicted.Vertical is { } ratio && segments[disc].FirstFrame > 0
            ? Group(result.Structures[disc], ratio, range.Vertical, segments[disc].Sources)
            : null;
    }

    private DicomDataset Group(Structure disc, double ratio, (double Least, double Most)? raters, IEnumerable<ImageReference> images)
    {
        var side = Laterality.Of(source, options);
        return ContentItem.Container(Contains, ReportCode.Group, "1501",
        [
            ContentItem.Text(HasObservationContext, ReportCode.TrackingId, "Cup-to-disc ratio"),
            ContentItem.Uid(HasObservationContext, ReportCode.TrackingUid, options.NewUid()),
            .. Words.Finding(disc.Category, disc.Type),
            .. Words.Algorithm(result.Provenance),
            Words.Site(disc.Type, side),
            ContentItem.Number(Contains, Name(side), ratio, ReportCode.Ratio,
            [
                ContentItem.Code(HasConceptModifier, ReportCode.Method, ReportCode.VerticalRatio),
                .. Uncertainty(ratio, raters),
            ]),
            .. images.Select(image => ContentItem.Image(Contains, ReportCode.SourceOfMeasurement, image)),
        ]);
    }

    private static CodedConcept Name(string side) => side switch
    {
        "R" => ReportCode.RatioRight,
        "L" => ReportCode.RatioLeft,
        _ => ReportCode.RatioOfUnknownSide,
    };

    private static IEnumerable<DicomDataset> Uncertainty(double ratio, (double Least, double Most)? raters) => raters is not var (least, most)
        ? []
        : [
            ContentItem.Number(HasProperties, ReportCode.Upper, Math.Max(0, most - ratio), ReportCode.Ratio),
            ContentItem.Number(HasProperties, ReportCode.Lower, Math.Max(0, ratio - least), ReportCode.Ratio),
        ];

    private CupToDiscRange Range(int cup, int disc)
    {
        var threshold = (float)result.Provenance.Threshold;
        byte[]?[] Raters(int s) => [.. result.Maps.RaterProbability.Select(rater => rater[s].Select(value => value >= threshold ? (byte)1 : (byte)0).ToArray())];
        return CupToDiscRange.Of(result.Masks[cup], result.Masks[disc], Raters(cup), Raters(disc), result.Maps.Box.Columns);
    }

    private int Find(string word) =>
        Enumerable.Range(0, result.Structures.Count).FirstOrDefault(s => result.Structures[s].Label.Contains(word, StringComparison.OrdinalIgnoreCase), -1);
}
