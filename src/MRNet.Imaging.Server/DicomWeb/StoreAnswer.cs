using MRNet.Dicom;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>What STOW-RS answers (PS3.18 table I.1-1).</summary>
internal static class StoreAnswer
{
    public static DicomDataset Of(IReadOnlyList<StoreOutcome> outcomes)
    {
        var answer = new DicomDataset();
        Add(answer, DicomTag.ReferencedSOPSequence, outcomes.Where(outcome => outcome.Failure is null));
        Add(answer, DicomTag.FailedSOPSequence, outcomes.Where(outcome => outcome.Failure is not null));
        return answer;
    }

    private static void Add(DicomDataset answer, DicomTag tag, IEnumerable<StoreOutcome> outcomes)
    {
        DicomDataset[] items = [.. outcomes.Select(Item)];
        if (items.Length > 0)
            answer.AddOrUpdate(new DicomSequence(tag, items));
    }

    private static DicomDataset Item(StoreOutcome outcome)
    {
        var item = new DicomDataset();
        item.AddOrUpdate(DicomTag.ReferencedSOPClassUID, outcome.SopClass);
        item.AddOrUpdate(DicomTag.ReferencedSOPInstanceUID, outcome.Sop);
        return outcome.Failure is { } reason ? item.AddOrUpdate(DicomTag.FailureReason, reason) : item;
    }
}
