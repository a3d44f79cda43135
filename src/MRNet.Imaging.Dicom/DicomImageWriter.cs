using System.Globalization;
using System.Runtime.InteropServices;
using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom;

/// <summary>
/// A volume as DICOM images: a CT or MR series of one file per slice, or a picture as Ophthalmic Photography or Secondary
/// Capture. Grids may be oblique or left-handed: slices then run along row x column, as DICOM has it.
/// </summary>
public static class DicomImageWriter
{
    /// <summary>The images one after the other, in the order of their positions along the normal.</summary>
    /// <param name="volume">CT or MR by its Modality, or a picture of 1 or 3 channels, 0 to 255.</param>
    /// <exception cref="UnsupportedImageException">A volume of no stated modality, or axes not at right angles.</exception>
    public static IEnumerable<DicomDataset> Write(Volume volume, ImageIdentity identity, WriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(identity);
        options ??= new();
        var grid = volume.Grid.Checked();
        if (grid.HasPatientSpace && volume.Channels > 1)
            throw new UnsupportedImageException($"An image of {volume.Channels} channels that lies in a patient is not written as DICOM: it would lose its place. Convert one channel.");
        var isPicture = !grid.HasPatientSpace;
        if (isPicture && grid.Slices > 1)
            throw new UnsupportedImageException($"A colour volume of {grid.Slices} slices is not written as DICOM; wanted one picture, or one channel.");
        if (!isPicture && volume.Modality is not ("CT" or "MR"))
            throw new UnsupportedImageException($"The modality of the volume is '{volume.Modality}'; to write it as DICOM, state CT or MR.");
        return isPicture ? [Picture(volume, identity, options)] : Slices(volume, identity, options);
    }

    /// <summary>Writes the images into a folder, IMG0001.dcm and on.</summary>
    /// <returns>The paths, in the order of <see cref="Write"/>.</returns>
    public static IReadOnlyList<string> WriteFolder(
        Volume volume, string folder, ImageIdentity identity, WriterOptions? options = null, CancellationToken cancellation = default)
    {
        var paths = new List<string>();
        try
        {
            foreach (var image in Write(volume, identity, options))
            {
                cancellation.ThrowIfCancellationRequested();
                Directory.CreateDirectory(folder);
                var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"IMG{paths.Count + 1:0000}.dcm"));
                image.SaveAs(path);
                paths.Add(path);
            }
        }
        catch (DicomException error)
        {
            throw Translated.Of(error, $"Image {paths.Count + 1}", null);
        }

        return paths;
    }

    private static IEnumerable<DicomDataset> Slices(Volume volume, ImageIdentity identity, WriterOptions options)
    {
        var grid = volume.Grid;
        var now = options.Time.GetLocalNow();
        var (isCt, storing) = (volume.Modality == "CT", Storing.Of(volume.Samples));
        var (seriesUid, space) = (identity.SeriesInstanceUid ?? options.NewUid(), identity.FrameOfReferenceUid ?? options.NewUid());
        var isForward = grid.DirectionX.Cross(grid.DirectionY).Dot(grid.DirectionZ) > 0;

        for (var i = 0; i < grid.Slices; i++)
        {
            var slice = isForward ? i : grid.Slices - 1 - i;
            var dataset = Common(volume.Modality, identity, options, seriesUid, now)
                .Add(DicomTag.Laterality)
                .Add(DicomTag.FrameOfReferenceUID, space)
                .Add(DicomTag.PositionReferenceIndicator)
                .Add(DicomTag.PatientPosition)
                .With(new ConvertedImage(i + 1, isCt ? ["DERIVED", "SECONDARY", "AXIAL"] : ["DERIVED", "SECONDARY", "OTHER"], now))
                .With(new ImagePlane(grid, slice))
                .With(isCt ? new CtImage() : new MrImage())
                .With(storing)
                .With(new ImagePixel(grid, 1, Bits: 16, IsSigned: true, storing.Pixels(volume.Slice(slice))))
                .With(new SopCommon((isCt ? DicomUID.CTImageStorage : DicomUID.MRImageStorage).UID, options.NewUid(), now));
            // MR has no Modality LUT in its IOD: it is written only where the values need it.
            yield return isCt || !storing.IsIdentity ? dataset : dataset.Remove(DicomTag.RescaleIntercept, DicomTag.RescaleSlope, DicomTag.RescaleType);
        }
    }

    private static DicomDataset Picture(Volume volume, ImageIdentity identity, WriterOptions options)
    {
        var now = options.Time.GetLocalNow();
        // Image Laterality is type 1 of Ophthalmic Photography; where the side is unknown the picture is a Secondary Capture.
        var isOphthalmic = volume.Modality == "OP" && options.Laterality is "R" or "L";
        var modality = volume.Modality.Length > 0 ? volume.Modality : "OT";
        var dataset = Common(modality, identity, options, identity.SeriesInstanceUid ?? options.NewUid(), now)
            .With(new ConvertedImage(1, isOphthalmic ? ["ORIGINAL", "PRIMARY"] : ["DERIVED", "SECONDARY"], now))
            .Add(DicomTag.PatientOrientation)
            .With(new ImagePixel(volume.Grid, volume.Channels, Bits: 8, IsSigned: false, PicturePixels(volume)))
            .With(new SopCommon((isOphthalmic ? DicomUID.OphthalmicPhotography8BitImageStorage : DicomUID.SecondaryCaptureImageStorage).UID, options.NewUid(), now));
        return isOphthalmic
            ? dataset.With(new OphthalmicPhotograph(options.Laterality!, options.NewUid(), now))
            : dataset.Add(DicomTag.ConversionType, "WSD").Add(DicomTag.Laterality, options.Laterality is "R" or "L" ? options.Laterality : "");
    }

    private static DicomDataset Common(string modality, ImageIdentity identity, WriterOptions options, string seriesUid, DateTimeOffset now) =>
        new DicomDataset()
            .With(new NewIdentity(identity, modality, seriesUid, now))
            .With(new OurEquipment(options, typeof(DicomImageWriter).Assembly.GetName().Version?.ToString(3) ?? "0"));

    private static byte[] PicturePixels(Volume volume)
    {
        var (pixels, channels) = (volume.Grid.PixelsPerSlice, volume.Channels);
        var bytes = new byte[pixels * channels + (pixels * channels & 1)];
        for (var channel = 0; channel < channels; channel++)
        {
            var samples = volume.Slice(0, channel);
            for (var i = 0; i < pixels; i++)
                bytes[i * channels + channel] = (byte)Math.Clamp(MathF.Round(samples[i]), 0, 255);
        }

        return bytes;
    }

    /// <summary>How floats become signed 16-bit values: as they are when whole and small enough, else scaled to the full range; what is not a number becomes the lowest value, which is background.</summary>
    private sealed record Storing(double Slope, double Intercept, float Lowest) : IModule
    {
        public bool IsIdentity => Slope == 1 && Intercept == 0;

        public static Storing Of(float[] samples)
        {
            var (lowest, highest, isWhole) = (float.PositiveInfinity, float.NegativeInfinity, true);
            foreach (var sample in samples)
            {
                if (!float.IsFinite(sample))
                    continue;
                (lowest, highest) = (Math.Min(lowest, sample), Math.Max(highest, sample));
                isWhole &= sample == MathF.Truncate(sample);
            }

            if (lowest > highest || (isWhole && lowest >= short.MinValue && highest <= short.MaxValue))
                return new(1, 0, lowest > highest ? 0 : lowest);
            // Rounded to what a decimal string of 16 characters says, so that reader and writer use the same numbers.
            var slope = Short(Math.Max(((double)highest - lowest) / 65535 * (1 + 1e-9), 1e-9));
            return new(slope, Short(lowest + 32768 * slope), lowest);
        }

        public void AddTo(DicomDataset dataset) => dataset
            .AddOrUpdate(DicomTag.RescaleIntercept, Intercept)
            .AddOrUpdate(DicomTag.RescaleSlope, Slope)
            .AddOrUpdate(DicomTag.RescaleType, dataset.GetStringOrEmpty(DicomTag.RescaleType) is { Length: > 0 } type ? type : "US");

        public byte[] Pixels(ReadOnlySpan<float> samples)
        {
            var bytes = new byte[samples.Length * sizeof(short)];
            var stored = MemoryMarshal.Cast<byte, short>(bytes.AsSpan());
            for (var i = 0; i < samples.Length; i++)
                stored[i] = (short)Math.Clamp(Math.Round(((float.IsNaN(samples[i]) ? Lowest : samples[i]) - Intercept) / Slope), short.MinValue, short.MaxValue);
            return bytes;
        }

        private static double Short(double value) => double.Parse(value.ToString("G9", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
