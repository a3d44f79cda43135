namespace MRNet.Dicom.Network;

/// <summary>What a peer says about instances it was asked to keep, PS3.4 annex J.3.3.</summary>
/// <param name="Transaction">The Transaction UID of the request.</param>
/// <param name="Kept">Instances the peer is now responsible for.</param>
/// <param name="Failed">Instances it is not, with the failure reason.</param>
public sealed record CommitmentReport(string Transaction, IReadOnlyList<string> Kept, IReadOnlyDictionary<string, ushort> Failed)
{
    internal static CommitmentReport Of(DicomDataset report) => new(
        report.GetStringOrEmpty(DicomTag.TransactionUID),
        [.. Items(report, DicomTag.ReferencedSOPSequence).Select(Instance)],
        Items(report, DicomTag.FailedSOPSequence).DistinctBy(Instance).ToDictionary(Instance, item => item.GetSingleValueOrDefault<ushort>(DicomTag.FailureReason, 0x0110)));

    private static IEnumerable<DicomDataset> Items(DicomDataset report, DicomTag tag) => report.TryGetSequence(tag, out var sequence) ? sequence.Items : [];

    private static string Instance(DicomDataset item) => item.GetStringOrEmpty(DicomTag.ReferencedSOPInstanceUID);
}
