using MRNet.Imaging.Cli.Commands;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Cli.Remote;

/// <summary>The options of the command line in the words of the wire.</summary>
internal static class RemoteRequest
{
    public static SegmentRequest Of(SegmentOptions options, Protocol.V1.Model model, Volume volume)
    {
        var request = new SegmentRequest { ModelId = model.Id, Options = Asked(options, volume) };
        request.Outputs.Add([Output.Mask, Output.Probability]);
        if (options.Request.Quality == Quality.Full)
            request.Outputs.Add([Output.Uncertainty, Output.RaterMasks]);
        if (options.Request.Expertness is { } expertness)
            request.Weights = new() { Values = { expertness } };
        return request;
    }

    /// <summary>The files that are sent: of a folder only those of the series.</summary>
    /// <exception cref="UnsupportedImageException">An image of two files.</exception>
    public static (ImageKind Kind, IReadOnlyList<string> Files) Files(SegmentOptions options, LoadedImage image, CancellationToken cancellation)
    {
        if (image.Series is { } series)
            return (ImageKind.Dicom, [.. DicomSeriesReader.Scan(options.Paths, options.Input.Series, cancellation).Series
                .Where(one => one.SeriesInstanceUid == series.SeriesInstanceUid).SelectMany(one => one.Files)]);
        if (options.Paths[0].EndsWith(".hdr", StringComparison.OrdinalIgnoreCase) || options.Paths[0].EndsWith(".img", StringComparison.OrdinalIgnoreCase))
            throw new UnsupportedImageException("A pair of .hdr and .img is not sent to a server; make one file of it first ('mrnet convert').");
        return (ImageInput.IsNifti(options.Paths[0]) ? ImageKind.Nifti : ImageKind.Picture, options.Paths);
    }

    private static Options Asked(SegmentOptions options, Volume volume) => new()
    {
        Threshold = (float)(options.Request.Threshold ?? 0),
        Region = options.Request.Region is { } region ? new() { Box = Of(region.On(volume.Grid)) } : null,
        KeepLargest = options.Request.KeepLargest,
        Uncalibrated = options.Request.Uncalibrated,
        Sample = Sample.Float32,
        Quality = options.Request.Quality == Quality.Preview ? Protocol.V1.Quality.Preview : Protocol.V1.Quality.Full,
        Reading = new()
        {
            Modality = options.Input.Modality,
            Volume = options.Input.VolumeIndex is { } index ? (uint)index + 1 : 0,
            SeriesUid = options.Input.Series.SeriesUid ?? "",
            ResampleGaps = options.Input.Series.Gaps == GapHandling.Resample,
            Stack = (uint)(options.Input.Series.StackId ?? 0),
            Tolerant = options.Input.Series.Tolerant,
        },
    };

    private static Box Of(VoxelBox box) => new() { X = box.X, Y = box.Y, Z = box.Z, Columns = (uint)box.Columns, Rows = (uint)box.Rows, Slices = (uint)box.Slices };
}
