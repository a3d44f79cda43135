using System.Security.Cryptography;
using Google.Protobuf;
using MRNet.Dicom;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Results;

/// <summary>Files of a result, written as the command line writes them, and what the wire says of each.</summary>
internal static class ObjectEncoder
{
    private static readonly Dictionary<Output, ResultFormat> Formats = new()
    {
        [Output.DicomSeg] = ResultFormat.Seg,
        [Output.DicomParametricMap] = ResultFormat.Pm,
        [Output.Nifti] = ResultFormat.Nifti,
    };

    public static bool Knows(Output kind) => Formats.ContainsKey(kind);

    /// <summary>Writes all files of one kind; none when the images were no DICOM and the kind is.</summary>
    /// <param name="options">With UIDs that come from the job: however often it is exported, it is the same instance for a PACS.</param>
    /// <param name="stream">The number of the first.</param>
    public static IEnumerable<ObjectHeader> Write(
        string folder, IFileSystem files, LoadedImage image, SegmentationResult result, Output kind, WriterOptions options, uint stream, CancellationToken cancellation) =>
        [.. new ResultFiles(folder, [Formats[kind]], options, overwrite: true, result.Provenance.HasReliableUncertainty).Write(image, result, cancellation).Select((name, i) => Header(files, Path.Combine(folder, name), kind, stream + (uint)i))];

    private static ObjectHeader Header(IFileSystem files, string path, Output kind, uint stream)
    {
        using var content = files.OpenRead(path);
        var header = new ObjectHeader
        {
            Stream = stream,
            MediaType = kind == Output.Nifti ? "application/octet-stream" : "application/dicom",
            Kind = kind,
            FileName = Path.GetFileName(path),
            Bytes = (ulong)content.Length,
            Sha256 = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(content)),
        };
        if (kind != Output.Nifti)
            AddUids(header, DicomFile.Open(path, new DicomReadOptions { OnDemandBytes = 8 * 1024 }).Dataset);
        return header;
    }

    private static void AddUids(ObjectHeader header, DicomDataset dataset)
    {
        header.SopClassUid = dataset.GetString(DicomTag.SOPClassUID);
        header.SopUid = dataset.GetString(DicomTag.SOPInstanceUID);
        header.SeriesUid = dataset.GetString(DicomTag.SeriesInstanceUID);
        header.StudyUid = dataset.GetString(DicomTag.StudyInstanceUID);
    }
}
