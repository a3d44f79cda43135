using MRNet.Dicom;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>A frame as a picture (PS3.18 10.4.1.1.3): grey through its own window, or the range of its values.</summary>
internal static class RenderedFrame
{
    /// <returns>A PNG file of the middle frame.</returns>
    public static byte[] Png(string path)
    {
        var dataset = DicomFile.Open(path).Dataset;
        var pixels = DicomPixelData.Create(dataset);
        var frame = pixels.NumberOfFrames / 2;
        return PictureWriter.Png(pixels.Width, pixels.Height, pixels.SamplesPerPixel == 3 || pixels.PhotometricInterpretation == "PALETTE COLOR" ? pixels.GetRgbFrame(frame) : Grey(dataset, pixels, frame));
    }

    private static byte[] Grey(DicomDataset dataset, DicomPixelData pixels, int frame)
    {
        var values = new float[pixels.Width * pixels.Height];
        pixels.CopyStoredValues(frame, values);
        var (slope, intercept) = (dataset.GetValueOrDefault(DicomTag.RescaleSlope, 0, 1f), dataset.GetValueOrDefault(DicomTag.RescaleIntercept, 0, 0f));
        var (low, high) = Window(dataset, values, slope, intercept);
        var inverted = pixels.PhotometricInterpretation == "MONOCHROME1";
        var rgb = new byte[values.Length * 3];
        for (var i = 0; i < values.Length; i++)
        {
            var grey = (byte)(255 * Math.Clamp((values[i] * slope + intercept - low) / (high - low), 0, 1));
            rgb.AsSpan(i * 3, 3).Fill(inverted ? (byte)(255 - grey) : grey);
        }

        return rgb;
    }

    private static (float Low, float High) Window(DicomDataset dataset, float[] values, float slope, float intercept)
    {
        var (centre, width) = (dataset.GetValueOrDefault(DicomTag.WindowCenter, 0, 0f), dataset.GetValueOrDefault(DicomTag.WindowWidth, 0, 0f));
        if (width > 1)
            return (centre - width / 2, centre + width / 2);
        var (low, high) = (values.Min() * slope + intercept, values.Max() * slope + intercept);
        return (low, high > low ? high : low + 1);
    }
}
