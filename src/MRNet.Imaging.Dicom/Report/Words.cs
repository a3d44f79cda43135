using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using static MRNet.Imaging.Dicom.Report.Relationship;

namespace MRNet.Imaging.Dicom.Report;

/// <summary>What every measurement group says alike.</summary>
internal static class Words
{
    public static DicomDataset[] Finding(CodedConcept category, CodedConcept type) =>
    [
        ContentItem.Code(Contains, ReportCode.Category, category),
        ContentItem.Code(Contains, ReportCode.Finding, type),
    ];

    /// <summary>The same words as in the Segmentation.</summary>
    public static DicomDataset[] Algorithm(Provenance provenance)
    {
        var algorithm = RaterWords.Algorithm(provenance);
        return
        [
            ContentItem.Text(HasConceptModifier, ReportCode.AlgorithmName, algorithm.GetString(DicomTag.AlgorithmName)),
            ContentItem.Text(HasConceptModifier, ReportCode.AlgorithmVersion, algorithm.GetString(DicomTag.AlgorithmVersion)),
            ContentItem.Text(HasConceptModifier, ReportCode.AlgorithmParameters, algorithm.GetString(DicomTag.AlgorithmParameters)),
        ];
    }

    public static DicomDataset Site(CodedConcept site, string side) => ContentItem.Code(HasConceptModifier, ReportCode.Site, site, side is "R" or "L"
        ? [ContentItem.Code(HasConceptModifier, ReportCode.Laterality, side == "R" ? Code.Right : Code.Left)]
        : []);
}
