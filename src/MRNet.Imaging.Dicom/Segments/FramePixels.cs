using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Segments;

/// <summary>Native pixel data of frames that are whole bytes, each made when it is written.</summary>
internal sealed class FramePixels : DicomValueSource
{
    private readonly int frames;
    private readonly int frameBytes;
    private readonly Painter paint;
    private readonly Lock gate = new();
    private readonly byte[] last;
    private int lastFrame = -1;

    /// <exception cref="ResourceLimitException">More than a value of defined length holds.</exception>
    public FramePixels(int frames, int frameBytes, Painter paint)
    {
        (this.frames, this.frameBytes, this.paint, last) = (frames, frameBytes, paint, new byte[frameBytes]);
        PixelLimit.Check(Length, frames);
    }

    /// <summary>Fills all bytes of one frame.</summary>
    public delegate void Painter(int frame, Span<byte> into);

    /// <summary>Even, as PS3.5 7.1 wants it.</summary>
    public override long Length => ((long)frames * frameBytes + 1) & ~1L;

    public override void Read(long at, Span<byte> into)
    {
        lock (gate)
        {
            while (into.Length > 0)
            {
                var (frame, within) = ((int)(at / frameBytes), (int)(at % frameBytes));
                var count = Math.Min(into.Length, frameBytes - within);
                Copy(frame, within, into[..count]);
                at += count;
                into = into[count..];
            }
        }
    }

    private void Copy(int frame, int within, Span<byte> into)
    {
        if (frame == frames)
            into.Clear(); // the byte of padding
        else if (into.Length == frameBytes)
            paint(frame, into);
        else
        {
            if (frame != lastFrame)
                paint(lastFrame = frame, last);
            last.AsSpan(within, into.Length).CopyTo(into);
        }
    }
}

internal static class PixelLimit
{
    /// <exception cref="ResourceLimitException">More than a value of defined length holds.</exception>
    public static void Check(long bytes, int frames)
    {
        if (bytes >= uint.MaxValue - 1)
            throw new ResourceLimitException($"{frames} frames are {bytes} bytes of pixels; one value holds at most {uint.MaxValue - 2}. Choose a region (--region).");
    }
}
