using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>Decodes the planes of a series, several at a time, each straight into its place in the one array.</summary>
internal sealed class VoxelReader(IReadOnlyList<ImageFrame> frames, Grid size, SeriesReadOptions options)
{
    private const long TrustedSamples = 64 << 20;
    private const int MostSamplesPerByte = 4096;

    private readonly ConcurrentDictionary<int, ImagingException> failures = new();
    private readonly ConcurrentDictionary<DicomDataset, DicomPixelData> pixelData = new(ReferenceEqualityComparer.Instance);
    private int paddedFrames;
    private int invertedFrames;
    private int done;

    public int Channels { get; private set; }

    /// <summary>(C, planes, H, W)</summary>
    public float[] Samples { get; private set; } = [];

    /// <summary>(planes, H, W), or null.</summary>
    public byte[]? Padding { get; private set; }

    public bool IsInverted => invertedFrames > 0;

    /// <summary>Frames that could not be decoded, and why, in their order.</summary>
    public IReadOnlyList<(ImageFrame Frame, ImagingException Error)> Failures =>
        [.. failures.OrderBy(pair => pair.Key).Select(pair => (frames[pair.Key], pair.Value))];

    public void Read(IProgress<float>? progress, CancellationToken cancellation)
    {
        CheckSizes();
        Samples = GC.AllocateUninitializedArray<float>(checked(frames.Count * size.PixelsPerSlice * Channels));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation };
        Parallel.For(0, frames.Count, parallel, (i, state) =>
        {
            try
            {
                Decode(i);
            }
            catch (DicomException error)
            {
                failures[i] = Translated.Of(error, frames[i].Name, frames[i].Dataset.InternalTransferSyntax);
            }
            catch (ImagingException error)
            {
                failures[i] = error;
            }

            if (!failures.IsEmpty && !options.Tolerant)
                state.Stop();
            progress?.Report(Interlocked.Increment(ref done) / (float)frames.Count);
        });

        if (paddedFrames > 0 && failures.IsEmpty)
            FillPadding();
    }

    /// <summary>Everything a damaged or hostile header could ask for is compared with what the files hold before memory is taken.</summary>
    private void CheckSizes()
    {
        Channels = 1;
        for (var i = 0; i < frames.Count; i++)
        {
            var frame = frames[i];
            var pixels = Translated.Errors(frame.Name, null, () => pixelData.GetOrAdd(frame.Dataset, DicomPixelData.Create));
            if (pixels.SamplesPerPixel is not (1 or 3))
                throw new UnsupportedImageException($"{frame.Name}: SamplesPerPixel is {pixels.SamplesPerPixel}; 1 and 3 are read.");
            if (i == 0)
                Channels = IsColour(pixels) ? 3 : 1;
            if (IsColour(pixels) != (Channels == 3))
                throw new UnsupportedImageException($"{frame.Name}: grey and colour images in one series.");
            CheckLength(frame, pixels);
        }

        var samples = (Int128)size.PixelsPerSlice * Math.Max(size.Slices, frames.Count) * Channels;
        if (samples > options.MaximumSamples || samples > Array.MaxLength)
            throw new ResourceLimitException($"The series has {size.Columns} x {size.Rows} x {frames.Count} x {Channels} samples, {samples} in all; the limit is {Math.Min(options.MaximumSamples, Array.MaxLength)}.");
    }

    private static void CheckLength(ImageFrame frame, DicomPixelData pixels)
    {
        var samples = (long)pixels.Width * pixels.Height * pixels.SamplesPerPixel * pixels.NumberOfFrames;
        if (frame.Dataset.TryGetItem<DicomFragmentSequence>(DicomTag.PixelData, out var fragments))
        {
            var bytes = fragments.Fragments.Sum(fragment => (long)fragment.Length);
            if (samples > TrustedSamples && samples / MostSamplesPerByte > bytes)
                throw new InvalidImageException($"{frame.File.Name}: {bytes} bytes of compressed pixels cannot hold {samples} samples.");
            return;
        }

        var is422 = pixels.PhotometricInterpretation is "YBR_FULL_422" or "YBR_PARTIAL_422";
        var needed = (samples * pixels.BitsAllocated * (is422 ? 2 : 3) / 3 + 7) / 8;
        var held = new[] { DicomTag.PixelData, DicomTag.FloatPixelData, DicomTag.DoubleFloatPixelData }
            .Sum(tag => frame.Dataset.TryGetItem<DicomElement>(tag, out var element) ? element.Length : 0);
        if (held < needed)
            throw new InvalidImageException($"{frame.File.Name}: the pixel data has {held} bytes; {pixels.Height} x {pixels.Width} pixels need {needed}. Restore the file, or leave it out (--tolerant).");
    }

    private static bool IsColour(DicomPixelData pixels) => pixels.SamplesPerPixel >= 3 || pixels.PhotometricInterpretation == "PALETTE COLOR";

    private void Decode(int plane)
    {
        var frame = frames[plane];
        var pixels = pixelData[frame.Dataset];
        if (pixels.Width != size.Columns || pixels.Height != size.Rows)
            throw new InvalidImageException($"{frame.Name}: {pixels.Height} x {pixels.Width}; the series has {size.Rows} x {size.Columns}.");

        if (Channels == 3)
        {
            DecodeColour(plane, pixels.GetRgbFrame(frame.Index));
            return;
        }

        var slice = Plane(plane, 0);
        pixels.CopyStoredValues(frame.Index, slice);
        var transform = new ModalityTransform(frame, pixels);
        if (transform.HasPaddingBeyondStoredBits)
            transform.MarkBeyondStoredBits(slice, MemoryMarshal.Cast<byte, ushort>(pixels.GetFrame(frame.Index).Span));
        var isPadded = transform.Apply(slice) | (pixels.IsFloat && HasNonFinite(slice));
        if (isPadded)
            Interlocked.Increment(ref paddedFrames);
        if (transform.IsInverted)
            Interlocked.Increment(ref invertedFrames);
    }

    private void DecodeColour(int plane, ReadOnlySpan<byte> rgb)
    {
        for (var channel = 0; channel < 3; channel++)
        {
            var slice = Plane(plane, channel);
            for (var i = 0; i < slice.Length; i++)
                slice[i] = rgb[3 * i + channel];
        }
    }

    private Span<float> Plane(int plane, int channel) =>
        Samples.AsSpan((channel * frames.Count + plane) * size.PixelsPerSlice, size.PixelsPerSlice);

    private static bool HasNonFinite(Span<float> values)
    {
        var found = false;
        foreach (ref var value in values)
        {
            if (float.IsFinite(value))
                continue;
            value = float.NaN;
            found = true;
        }

        return found;
    }

    /// <summary>Padding, NaN until here, becomes the lowest value of the volume.</summary>
    private void FillPadding()
    {
        Padding = new byte[Samples.Length];
        var lowest = float.PositiveInfinity;
        foreach (var value in Samples)
            if (value < lowest)
                lowest = value;
        if (float.IsPositiveInfinity(lowest))
            lowest = 0;

        for (var i = 0; i < Samples.Length; i++)
        {
            if (!float.IsNaN(Samples[i]))
                continue;
            Samples[i] = lowest;
            Padding[i] = 1;
        }
    }
}
