using System.Numerics;
using System.Runtime.InteropServices;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>From stored values to the unit of the modality, of one frame: slopes differ from slice to slice in PET and MR.</summary>
internal sealed class ModalityTransform
{
    private readonly float slope;
    private readonly float intercept;
    private readonly float? mirror;
    private readonly (float Low, float High)? padding;
    private readonly float[]? table;
    private readonly int tableStart;

    /// <exception cref="InvalidImageException">A slope of 0, or text where a number is wanted.</exception>
    public ModalityTransform(ImageFrame frame, DicomPixelData pixels)
    {
        var group = DicomTag.PixelValueTransformationSequence;
        slope = (float)(frame.Numbers(group, DicomTag.RescaleSlope, 1)?[0] ?? 1);
        intercept = (float)(frame.Numbers(group, DicomTag.RescaleIntercept, 1)?[0] ?? 0);
        if (!float.IsFinite(slope) || !float.IsFinite(intercept))
            throw new InvalidImageException($"{frame.Name}: RescaleSlope or RescaleIntercept is beyond what a voxel can hold.");
        if (slope == 0)
            throw new InvalidImageException($"{frame.Name}: RescaleSlope is 0; every voxel would have one value.");

        if (pixels.PhotometricInterpretation == "MONOCHROME1" && !pixels.IsFloat)
            mirror = pixels.PixelRepresentation == 1 ? -1 : (float)(Math.Pow(2, pixels.BitsStored) - 1);
        padding = PaddingOf(frame.Dataset, pixels);
        HasPaddingBeyondStoredBits = padding is { } range && pixels is { BitsAllocated: 16, BitsStored: < 16, PixelRepresentation: 0 } && range.High >= 1 << pixels.BitsStored;
        (table, tableStart) = TableOf(frame);
    }

    public bool IsInverted => mirror is not null;

    /// <summary>The padding value uses bits that no pixel value does: it can only be seen in the words as they are stored.</summary>
    public bool HasPaddingBeyondStoredBits { get; }

    /// <summary>Marks what is padding by the words as stored, before their unused bits are cut off.</summary>
    public void MarkBeyondStoredBits(Span<float> stored, ReadOnlySpan<ushort> words)
    {
        var (low, high) = padding!.Value;
        for (var i = 0; i < stored.Length; i++)
            if (words[i] >= low && words[i] <= high)
                stored[i] = float.NaN;
    }

    /// <returns>True when some values are padding: they become NaN.</returns>
    public bool Apply(Span<float> stored)
    {
        var isPadded = (padding is { } range && Mark(stored, range)) | HasPaddingBeyondStoredBits;
        if (mirror is { } top)
            Affine(stored, -1, top);
        if (table is not null)
            LookUp(stored);
        else if (slope != 1 || intercept != 0)
            Affine(stored, slope, intercept);
        return isPadded;
    }

    private static bool Mark(Span<float> stored, (float Low, float High) range)
    {
        var found = false;
        for (var i = 0; i < stored.Length; i++)
        {
            if (stored[i] < range.Low || stored[i] > range.High)
                continue;
            stored[i] = float.NaN;
            found = true;
        }

        return found;
    }

    private static void Affine(Span<float> values, float scale, float offset)
    {
        var wide = MemoryMarshal.Cast<float, Vector<float>>(values);
        var (scales, offsets) = (new Vector<float>(scale), new Vector<float>(offset));
        for (var i = 0; i < wide.Length; i++)
            wide[i] = wide[i] * scales + offsets;
        for (var i = wide.Length * Vector<float>.Count; i < values.Length; i++)
            values[i] = values[i] * scale + offset;
    }

    private void LookUp(Span<float> stored)
    {
        for (var i = 0; i < stored.Length; i++)
            if (!float.IsNaN(stored[i]))
                stored[i] = table![Math.Clamp((int)stored[i] - tableStart, 0, table.Length - 1)];
    }

    /// <summary>PS3.3 C.7.5.1.1.2: one value, or all from it to the range limit in either order.</summary>
    private static (float, float)? PaddingOf(DicomDataset dataset, DicomPixelData pixels)
    {
        if (pixels.IsFloat || pixels.SamplesPerPixel > 1 || !dataset.TryGetSingleValue<int>(DicomTag.PixelPaddingValue, out var value))
            return null;
        var limit = dataset.GetSingleValueOrDefault(DicomTag.PixelPaddingRangeLimit, value);
        var (a, b) = (AsStored(value, pixels), AsStored(limit, pixels));
        return (Math.Min(a, b), Math.Max(a, b));
    }

    /// <summary>Written as US though the pixels are signed, or the other way round: seen in the field.</summary>
    private static int AsStored(int value, DicomPixelData pixels) => (pixels.PixelRepresentation, value) switch
    {
        (1, > short.MaxValue) when pixels.BitsAllocated <= 16 => value - 65536,
        (0, < 0) when pixels.BitsAllocated <= 16 => value + 65536,
        _ => value,
    };

    private static (float[]?, int) TableOf(ImageFrame frame)
    {
        if (!frame.Dataset.TryGetSequence(DicomTag.ModalityLUTSequence, out var sequence) || sequence.Items.Count == 0)
            return (null, 0);

        var item = sequence.Items[0];
        var descriptor = item.GetValues<int>(DicomTag.LUTDescriptor);
        item.TryGetRaw(DicomTag.LUTData, out var bytes);
        if (descriptor.Length != 3 || bytes.Length == 0)
            throw new InvalidImageException($"{frame.Name}: ModalityLUTSequence has {descriptor.Length} descriptor values and {bytes.Length} bytes of data.");
        var entries = (ushort)descriptor[0] == 0 ? 65536 : (ushort)descriptor[0]; // written as SS, more than 32767 entries look negative
        var table = bytes.Length < 2 * entries
            ? Array.ConvertAll(bytes.ToArray(), value => (float)value)
            : Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(bytes.Span)[..entries].ToArray(), value => (float)value);
        return (table, descriptor[1]);
    }
}
