namespace MRNet.Dicom.Tests;

/// <summary>Whatever a test does not care about.</summary>
internal static class Some
{
    public static DicomDataset Image(int width, int height, int bits, byte[] pixels, int frames = 1) => new DicomDataset()
        .Add(DicomTag.SOPClassUID, DicomUID.SecondaryCaptureImageStorage)
        .Add(DicomTag.SOPInstanceUID, "1.2.3.4")
        .Add(DicomTag.PatientName, "Some^Body")
        .Add(DicomTag.PatientID, "ID1")
        .Add(DicomTag.SamplesPerPixel, 1)
        .Add(DicomTag.PhotometricInterpretation, "MONOCHROME2")
        .Add(DicomTag.NumberOfFrames, frames)
        .Add(DicomTag.Rows, height)
        .Add(DicomTag.Columns, width)
        .Add(DicomTag.BitsAllocated, bits)
        .Add(DicomTag.BitsStored, bits)
        .Add(DicomTag.HighBit, bits - 1)
        .Add(DicomTag.PixelRepresentation, 0)
        .Add(DicomTag.PixelData, pixels);

    public static DicomPixelData Rgb(int width, int height, byte[] pixels, int planar) => DicomPixelData.Create(Image(width, height, 8, pixels)
        .AddOrUpdate(DicomTag.SamplesPerPixel, 3)
        .AddOrUpdate(DicomTag.PhotometricInterpretation, "RGB")
        .AddOrUpdate(DicomTag.PlanarConfiguration, planar));

    public static DicomFile Again(DicomDataset dataset, DicomTransferSyntax? syntax = null)
    {
        using var stream = new MemoryStream();
        new DicomFile(dataset).Save(stream, syntax);
        stream.Position = 0;
        return DicomFile.Open(stream);
    }
}
