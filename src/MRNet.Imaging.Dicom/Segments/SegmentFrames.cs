using System.Numerics;
using System.Runtime.InteropServices;
using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom.Segments;

/// <summary>Which frames a Segmentation has, in the order of their dimension indices.</summary>
internal sealed class SegmentFrames(DicomSeries source, IReadOnlyList<SegmentContent> segments, WriterOptions options)
{
    private readonly bool isPicture = !source.Volume.Grid.HasPatientSpace;

    /// <summary>By segment, then along the normal. Positions are ranked over those that occur in the object.</summary>
    public List<DerivedFrame> OfSegments()
    {
        var used = new List<(int Segment, int Plane)>();
        for (var segment = 0; segment < segments.Count; segment++)
            for (var plane = 0; plane < source.Planes.Count; plane++)
                if (options.KeepEmptyFrames || !IsEmpty(segment, plane))
                    used.Add((segment, plane));
        if (used.Count == 0)
            used.Add((0, 0)); // an object has at least one frame: an empty one says "looked, nothing found"

        var planeRanks = Ranks(used.Select(frame => frame.Plane));
        var segmentRanks = Ranks(used.Select(frame => frame.Segment));
        return used.ConvertAll(frame => new DerivedFrame(
            isPicture ? [segmentRanks[frame.Segment]] : [segmentRanks[frame.Segment], planeRanks[frame.Plane]],
            source.Planes[frame.Plane],
            isPicture && !options.UnitPlane ? null : PlaneGeometry.Position(source.Planes[frame.Plane]),
            frame.Segment + 1));
    }

    /// <summary>One for each plane from the first to the last that is not empty.</summary>
    public List<DerivedFrame> OfLabels()
    {
        var planes = Enumerable.Range(0, source.Planes.Count);
        var used = planes.Where(plane => options.KeepEmptyFrames || Enumerable.Range(0, segments.Count).Any(segment => !IsEmpty(segment, plane))).ToArray();
        var (first, last) = used.Length == 0 ? (0, 0) : (used[0], used[^1]);
        return [.. Enumerable.Range(first, last - first + 1).Select(plane => new DerivedFrame([plane - first + 1], source.Planes[plane], PlaneGeometry.Position(source.Planes[plane])))];
    }

    /// <summary>Whether a voxel of any frame belongs to two segments.</summary>
    /// <param name="frames">Those of <see cref="OfSegments"/>.</param>
    public bool Overlap(IReadOnlyList<DerivedFrame> frames)
    {
        var (taken, one) = (new byte[source.Volume.Grid.PixelsPerSlice], new byte[source.Volume.Grid.PixelsPerSlice]);
        foreach (var slice in frames.GroupBy(frame => frame.Source.Slice).Where(slice => slice.Count() > 1))
        {
            taken.AsSpan().Clear();
            foreach (var frame in slice)
            {
                segments[frame.Segment - 1].Values.Copy(slice.Key, one);
                if (Take(one, taken))
                    return true;
            }
        }

        return false;
    }

    private bool IsEmpty(int segment, int plane) => segments[segment].Values.IsEmpty(source.Planes[plane].Slice);

    private static Dictionary<int, int> Ranks(IEnumerable<int> values) =>
        values.Distinct().Order().Select((value, i) => (value, i)).ToDictionary(pair => pair.value, pair => pair.i + 1);

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
}
