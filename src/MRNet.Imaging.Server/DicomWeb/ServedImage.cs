using MRNet.Dicom;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>
/// An instance as it is served: frames decoded here, so that a viewer needs no codecs. Colour comes as RGB by pixel; metadata says so.
/// </summary>
internal static class ServedImage
{
    /// <summary>The data set without its pixels, as the frames are served.</summary>
    public static DicomDataset Metadata(string path)
    {
        var dataset = DicomFile.Open(path).Dataset;
        if (!IsColour(dataset))
            return dataset;
        dataset.AddOrUpdate(DicomTag.PhotometricInterpretation, "RGB");
        dataset.AddOrUpdate(DicomTag.SamplesPerPixel, (ushort)3);
        dataset.AddOrUpdate(DicomTag.PlanarConfiguration, (ushort)0);
        dataset.AddOrUpdate(DicomTag.BitsAllocated, (ushort)8);
        dataset.AddOrUpdate(DicomTag.BitsStored, (ushort)8);
        return dataset.AddOrUpdate(DicomTag.HighBit, (ushort)7);
    }

    /// <summary>One frame, little endian; 1-bit frames as one byte a pixel.</summary>
    /// <param name="index">From 0.</param>
    public static ReadOnlyMemory<byte> Frame(DicomDataset dataset, DicomPixelData pixels, int index) =>
        IsColour(dataset) ? pixels.GetRgbFrame(index) : pixels.GetFrame(index);

    private static bool IsColour(DicomDataset dataset) =>
        dataset.GetStringOrEmpty(DicomTag.PhotometricInterpretation) is var photometric && (photometric.StartsWith("YBR", StringComparison.Ordinal) || photometric is "RGB" or "PALETTE COLOR");
}
