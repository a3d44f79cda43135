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
        [Output.DicomSegFractional] = ResultFormat.Fractional,
        [Output.DicomSegLabelmap] = ResultFormat.Seg,
        [Output.DicomSegRaters] = ResultFormat.Raters,
        [Output.DicomParametricMap] = ResultFormat.Pm,
        [Output.DicomParametricMapInteger] = ResultFormat.Pm,
        [Output.DicomSr] = ResultFormat.Report,
        [Output.DicomSc] = ResultFormat.Overlay,
        [Output.Nifti] = ResultFormat.Nifti,
    };

    public static bool Knows(Output kind) => Formats.ContainsKey(kind);

    /// <summary>Writes all files of one kind; none when the images were no DICOM and the kind is.</summary>
    /// <param name="jobId">What the UIDs come from: a report names the segmentation of the same job.</param>
    /// <param name="stream">The number of the first.</param>
    public static IEnumerable<ObjectHeader> Write(
        string folder, IFileSystem files, LoadedImage image, SegmentationResult result, Output kind, WriterOptions options, string jobId, uint stream, CancellationToken cancellation) =>
        [.. Files(folder, result, kind, options, jobId).Write(image, result, cancellation).Select((name, i) => Header(files, Path.Combine(folder, name), kind, stream + (uint)i))];

    private static ResultFiles Files(string folder, SegmentationResult result, Output kind, WriterOptions options, string jobId) =>
        new(folder, [Formats[kind]], With(options, jobId, kind), overwrite: true, result.Provenance.HasReliableUncertainty)
        {
            SegmentationOptions = With(options, jobId, kind == Output.DicomSr ? Output.DicomSeg : kind),
            NameEnding = kind switch { Output.DicomSegLabelmap => "-labelmap", Output.DicomParametricMapInteger => "-integer", _ => "" },
        };

    /// <summary>UIDs that come from the job: however often it is exported, it is the same instance for a PACS.</summary>
    private static WriterOptions With(WriterOptions options, string jobId, Output kind) => options with
    {
        NewUid = DerivedUids.Of(jobId, kind.ToString()),
        LabelMap = kind == Output.DicomSegLabelmap,
        IntegerMaps = kind == Output.DicomParametricMapInteger,
    };

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
