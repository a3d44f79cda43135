namespace MRNet.Dicom.Fuzz;

/// <summary>Examples that our own encoders make: no sample file is needed for them.</summary>
internal static class OwnFrames
{
    private const int Width = 40;
    private const int Height = 30;

    private static readonly FrameInfo Info = new(Width, Height, 1, 16, 12, IsSigned: false);
    private static readonly int[] Samples = [.. Enumerable.Range(0, Width * Height).Select(i => i * 37 % 4096)];

    public static Seed Seed(DicomTransferSyntax syntax, byte[] stream, FrameInfo info) => new(stream, mutant => FrameCodecs.Decode(syntax, mutant, info));

    public static IEnumerable<Seed> Rle() => [Seed(DicomTransferSyntax.RLELossless, RleCodec.Encode(Frame(), Info), Info)];

    public static IEnumerable<Seed> Deflated() => [Seed(DicomTransferSyntax.DeflatedImageFrame, DeflatedFrameCodec.Encode(Frame()), Info)];

    public static IEnumerable<Seed> JpegLossless() => Enumerable.Range(1, 7).Select(predictor =>
        Seed(DicomTransferSyntax.JPEGProcess14, JpegLosslessEncoder.Encode(Samples, Width, Height, 1, 12, predictor, restartRows: predictor % 2 * 4), Info));

    public static byte[] File(DicomTransferSyntax syntax)
    {
        using var stream = new MemoryStream();
        new DicomFile(Image(Width, Height, 16, Frame())).Save(stream, syntax);
        return stream.ToArray();
    }

    public static DicomDataset Image(int width, int height, int bits, byte[] pixels) => new DicomDataset()
        .Add(DicomTag.SOPClassUID, DicomUID.SecondaryCaptureImageStorage)
        .Add(DicomTag.SOPInstanceUID, "1.2.3.4")
        .Add(DicomTag.PatientName, "Some^Body")
        .Add(DicomTag.SamplesPerPixel, 1)
        .Add(DicomTag.PhotometricInterpretation, "MONOCHROME2")
        .Add(DicomTag.Rows, height)
        .Add(DicomTag.Columns, width)
        .Add(DicomTag.BitsAllocated, bits)
        .Add(DicomTag.BitsStored, bits)
        .Add(DicomTag.HighBit, bits - 1)
        .Add(DicomTag.PixelRepresentation, 0)
        .Add(DicomTag.PixelData, pixels);

    private static byte[] Frame()
    {
        var frame = new byte[Info.Bytes];
        for (var i = 0; i < Samples.Length; i++)
            Info.Write(frame, i, Samples[i]);
        return frame;
    }
}
