using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom;

/// <summary>Segmentation IOD, DICOM PS3.3 A.51, BINARY: the masks of a result on the planes of its source.</summary>
public static class SegmentationWriter
{
    /// <summary>One object, one segment for each structure, also for one that was looked for and not found.</summary>
    /// <exception cref="InvalidImageException">The source lacks what the object must repeat.</exception>
    /// <exception cref="ResourceLimitException">More bits than one value may hold.</exception>
    public static DicomDataset Write(DicomSeries source, SegmentationResult result, WriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(result);
        return Translated.Errors("Segmentation", null, () => Object(source, result, options ?? new()));
    }

    private static DicomDataset Object(DicomSeries source, SegmentationResult result, WriterOptions options)
    {
        var common = new DerivedObject(source, result, options);
        var isPicture = !source.Volume.Grid.HasPatientSpace;
        var frames = Frames(source, result, options, isPicture);

        var dataset = common.Start(
                DicomUID.SegmentationStorage.UID, "SEG", seriesOffset: 1, $"{RaterWords.Series(result.Provenance)} {string.Join(", ", result.Structures.Select(structure => structure.Label))}",
                [.. frames.Select(frame => frame.Source)], result.Structures.SelectMany(structure => new[] { structure.Category, structure.Type, structure.Anatomy }))
            .With(new SegmentationImage(source, result, options, Overlap(result)))
            .With(new Dimensions(options.NewUid(), HasSegments: true, HasPositions: !isPicture, Is3D: false))
            .With(new FunctionalGroups(Shared(source, options, isPicture), frames, common.Computed));

        if (isPicture)
            dataset.CopyOrEmpty(source.First, DicomTag.PatientOrientation);
        if (!isPicture || source.First.GetValueCount(DicomTag.FrameOfReferenceUID) > 0)
            dataset.With(new FrameOfReference(source.First));
        return dataset.Add(DicomTag.PixelData, new ReadOnlyMemory<byte>(Bits(result, frames)));
    }

    private static DicomDataset Shared(DicomSeries source, WriterOptions options, bool isPicture) =>
        isPicture && !options.UnitPlane ? new() : new DicomDataset().With(new PlaneGeometry(source));

    /// <summary>By segment, then along the normal. Positions are ranked over those that occur in the object.</summary>
    private static List<DerivedFrame> Frames(DicomSeries source, SegmentationResult result, WriterOptions options, bool isPicture)
    {
        var used = new List<(int Segment, int Plane)>();
        for (var segment = 0; segment < result.Structures.Count; segment++)
            for (var plane = 0; plane < source.Planes.Count; plane++)
                if (options.KeepEmptyFrames || HasVoxels(result, segment, source.Planes[plane].Slice))
                    used.Add((segment, plane));
        if (used.Count == 0)
            used.Add((0, 0)); // an object has at least one frame: an empty one says "looked, nothing found"

        var planes = Ranks(used.Select(frame => frame.Plane));
        var segments = Ranks(used.Select(frame => frame.Segment));
        return used.ConvertAll(frame => new DerivedFrame(
            isPicture ? [segments[frame.Segment]] : [segments[frame.Segment], planes[frame.Plane]],
            source.Planes[frame.Plane],
            isPicture && !options.UnitPlane ? null : PlaneGeometry.Position(source.Planes[frame.Plane]),
            frame.Segment + 1));
    }

    private static Dictionary<int, int> Ranks(IEnumerable<int> values) =>
        values.Distinct().Order().Select((value, i) => (value, i)).ToDictionary(pair => pair.value, pair => pair.i + 1);

    private static bool HasVoxels(SegmentationResult result, int segment, int slice)
    {
        var (box, z) = (result.Maps.Box, slice - result.Maps.Box.Z);
        return z >= 0 && z < box.Slices && result.Masks[segment].AsSpan(z * box.PixelsPerSlice, box.PixelsPerSlice).ContainsAnyExcept((byte)0);
    }

    private static bool Overlap(SegmentationResult result)
    {
        var pixels = result.Maps.Box.PixelsPerSlice;
        var taken = new byte[pixels];
        for (var z = 0; z < result.Maps.Box.Slices && result.Masks.Count > 1; z++)
        {
            taken.AsSpan().Clear();
            foreach (var mask in result.Masks)
                if (Take(mask.AsSpan(z * pixels, pixels), taken))
                    return true;
        }

        return false;
    }

    /// <returns>True when a voxel was taken before.</returns>
    private static bool Take(ReadOnlySpan<byte> mask, Span<byte> taken)
    {
        var masks = MemoryMarshal.Cast<byte, Vector<byte>>(mask);
        var all = MemoryMarshal.Cast<byte, Vector<byte>>(taken);
        var twice = Vector<byte>.Zero;
        for (var i = 0; i < masks.Length; i++)
        {
            twice |= all[i] & masks[i];
            all[i] |= masks[i];
        }

        var rest = 0;
        for (var i = masks.Length * Vector<byte>.Count; i < mask.Length; i++)
        {
            rest |= taken[i] & mask[i];
            taken[i] |= mask[i];
        }

        return rest != 0 || twice != Vector<byte>.Zero;
    }

    /// <summary>PS3.5 8.1.1: one stream of bits over all frames, first pixel lowest; a frame does not start on a byte.</summary>
    private static byte[] Bits(SegmentationResult result, List<DerivedFrame> frames)
    {
        var pixels = result.Maps.Grid.PixelsPerSlice;
        var bytes = ((long)pixels * frames.Count + 7) / 8;
        if (bytes > Array.MaxLength - 1)
            throw new ResourceLimitException($"{frames.Count} frames of {pixels} pixels are {bytes} bytes of mask; one value holds at most {Array.MaxLength}.");

        var packed = new byte[bytes + (bytes & 1)];
        var whole = new byte[pixels];
        for (var frame = 0; frame < frames.Count; frame++)
        {
            if (result.Maps.CopySlice<byte>(result.Masks[frames[frame].Segment - 1], frames[frame].Source.Slice, whole))
                Pack(whole, packed, (long)frame * pixels);
        }

        return packed;
    }

    private static void Pack(ReadOnlySpan<byte> mask, byte[] packed, long firstBit)
    {
        var done = firstBit % 8 == 0 ? PackWords(mask, packed.AsSpan((int)(firstBit / 8))) : 0; // a frame whose pixels are no multiple of 8 starts within a byte
        for (var i = done; i < mask.Length; i++)
        {
            if (mask[i] == 0)
                continue;
            var bit = firstBit + i;
            packed[bit >> 3] |= (byte)(1 << (int)(bit & 7));
        }
    }

    /// <returns>How many pixels are packed.</returns>
    private static int PackWords(ReadOnlySpan<byte> mask, Span<byte> packed)
    {
        var pixels = MemoryMarshal.Cast<byte, Vector256<byte>>(mask);
        for (var i = 0; i < pixels.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(packed[(i * sizeof(uint))..], (~Vector256.Equals(pixels[i], Vector256<byte>.Zero)).ExtractMostSignificantBits());
        return pixels.Length * Vector256<byte>.Count;
    }
}
