using System.Numerics;
using System.Runtime.InteropServices;
using MRNet.Imaging.Dicom.Modules;

namespace MRNet.Imaging.Dicom.Segments;

/// <summary>Frames of a label map: at each pixel the number of its segment, 0 for none.</summary>
internal sealed class LabelPixels(IReadOnlyList<SegmentContent> segments, IReadOnlyList<DerivedFrame> frames, int pixels)
{
    private readonly byte[] mask = new byte[pixels];

    public void PaintBytes(int frame, Span<byte> into)
    {
        into.Clear();
        foreach (var label in At(frame))
            Merge(into, (byte)label);
    }

    public void PaintWords(int frame, Span<byte> into)
    {
        var words = MemoryMarshal.Cast<byte, ushort>(into);
        words.Clear();
        foreach (var label in At(frame))
            for (var i = 0; i < words.Length; i++)
                if (mask[i] != 0)
                    words[i] = (ushort)label;
    }

    /// <summary>The labels of a frame, each with its mask filled in.</summary>
    private IEnumerable<int> At(int frame)
    {
        var slice = frames[frame].Source.Slice;
        for (var s = 0; s < segments.Count; s++)
        {
            if (segments[s].Values.IsEmpty(slice))
                continue;
            segments[s].Values.Copy(slice, mask);
            yield return s + 1;
        }
    }

    private void Merge(Span<byte> labels, byte label)
    {
        var from = MemoryMarshal.Cast<byte, Vector<byte>>(mask.AsSpan());
        var to = MemoryMarshal.Cast<byte, Vector<byte>>(labels);
        for (var i = 0; i < to.Length; i++)
            to[i] = Vector.ConditionalSelect(Vector.Equals(from[i], Vector<byte>.Zero), to[i], new(label));
        for (var i = to.Length * Vector<byte>.Count; i < labels.Length; i++)
            if (mask[i] != 0)
                labels[i] = label;
    }
}
