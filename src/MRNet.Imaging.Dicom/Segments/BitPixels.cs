using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Segments;

/// <summary>PS3.5 8.1.1: one stream of bits over all frames, first pixel lowest; a frame does not start on a byte.</summary>
internal sealed class BitPixels : DicomValueSource
{
    private readonly int frames;
    private readonly FramePixels.Painter paint;
    private readonly Lock gate = new();
    private readonly byte[] last;
    private int lastFrame = -1;

    /// <param name="paint">Fills one byte for each pixel of a frame: 0, or anything else for 1.</param>
    /// <exception cref="ResourceLimitException">More than a value of defined length holds.</exception>
    public BitPixels(int frames, int pixels, FramePixels.Painter paint)
    {
        (this.frames, this.paint, last) = (frames, paint, new byte[pixels]);
        PixelLimit.Check(Length, frames);
    }

    public override long Length => (((long)frames * last.Length + 7) / 8 + 1) & ~1L;

    public override void Read(long at, Span<byte> into)
    {
        into.Clear();
        lock (gate)
        {
            var (bit, end) = (at * 8, Math.Min((at + into.Length) * 8, (long)frames * last.Length));
            while (bit < end)
            {
                var (frame, within) = ((int)(bit / last.Length), (int)(bit % last.Length));
                if (frame != lastFrame)
                    paint(lastFrame = frame, last);
                var count = (int)Math.Min(end - bit, last.Length - within);
                Pack(last.AsSpan(within, count), into, bit - at * 8);
                bit += count;
            }
        }
    }

    private static void Pack(ReadOnlySpan<byte> pixels, Span<byte> packed, long firstBit)
    {
        // A frame whose pixels are no multiple of 8 starts within a byte: its first pixels one by one.
        var lead = Math.Min((int)(-firstBit & 7), pixels.Length);
        PackEach(pixels[..lead], packed, firstBit);
        var words = PackWords(pixels[lead..], packed[(int)((firstBit + lead) / 8)..]);
        PackEach(pixels[(lead + words)..], packed, firstBit + lead + words);
    }

    private static void PackEach(ReadOnlySpan<byte> pixels, Span<byte> packed, long firstBit)
    {
        for (var i = 0; i < pixels.Length; i++)
            if (pixels[i] != 0)
                packed[(int)((firstBit + i) >> 3)] |= (byte)(1 << (int)((firstBit + i) & 7));
    }

    /// <returns>How many pixels are packed.</returns>
    private static int PackWords(ReadOnlySpan<byte> pixels, Span<byte> packed)
    {
        var vectors = MemoryMarshal.Cast<byte, Vector256<byte>>(pixels);
        for (var i = 0; i < vectors.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(packed[(i * sizeof(uint))..], (~Vector256.Equals(vectors[i], Vector256<byte>.Zero)).ExtractMostSignificantBits());
        return vectors.Length * Vector256<byte>.Count;
    }
}
