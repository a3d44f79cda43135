using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Exports;

namespace MRNet.Imaging.Server.Services;

/// <summary>Exports in the words of the wire.</summary>
internal static class ExportMessages
{
    /// <summary>How far the exports of a job are, one line for each archive.</summary>
    public static IEnumerable<Export> Of(IReadOnlyList<StoredExport> exports) => exports.GroupBy(one => one.Pacs).Select(group => new Export
    {
        Pacs = group.Key,
        Pending = (uint)group.Count(one => one.State == ExportState.Pending),
        Sent = (uint)group.Count(one => one.State == ExportState.Sent),
        Parked = (uint)group.Count(one => one.State == ExportState.Parked),
        Reason = group.Where(one => one.Reason.Length > 0).OrderByDescending(one => one.State).Select(one => one.Reason).FirstOrDefault(""),
    });
}
