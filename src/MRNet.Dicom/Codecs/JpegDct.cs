using System.Runtime.InteropServices;
using JpegLibrary;

namespace MRNet.Dicom;

/// <summary>
/// JPEG baseline and extended (processes 1, 2 and 4), by JpegLibrary: its DCT is right, its lossless predictors are not
/// and are never used. Components come as they are in the stream, chroma brought to full size.
/// </summary>
internal static class JpegDct
{
    public static void Decode(JpegMarkers markers, ReadOnlyMemory<byte> stream, FrameInfo frame, Span<byte> into)
    {
        if (markers.Sampling.Any(sampling => (sampling >> 4) is 0 or > 4 || (sampling & 15) is 0 or > 4))
            throw new DicomCodecException("The JPEG stream has a sampling factor that is not 1 to 4.");
        frame.Check("JPEG", markers.Width, markers.Height, markers.ComponentIds.Length, markers.Precision);
        JpegHuffmanTables.Check(stream.Span);

        var samples = new int[frame.Samples];
        try
        {
            var decoder = new JpegDecoder();
            decoder.SetInput(stream);
            decoder.Identify();
            decoder.SetOutputWriter(new Writer(samples, frame));
            decoder.Decode();
        }
        catch (Exception error) when (error is not DicomException)
        {
            // JpegLibrary throws many kinds, from InvalidDataException to IndexOutOfRange, for damaged streams.
            throw new DicomCodecException($"A JPEG frame of {stream.Length} bytes is damaged: {error.GetType().Name}.", error);
        }

        for (var i = 0; i < samples.Length; i++)
            frame.Write(into, i, frame.IsSigned ? frame.Extend(samples[i], frame.BitsStored) : samples[i]);
    }

    private sealed class Writer(int[] samples, FrameInfo frame) : JpegBlockOutputWriter
    {
        private readonly int highest = (1 << Math.Max(frame.BitsStored, 8)) - 1;

        public override void WriteBlock(ref short blockRef, int componentIndex, int x, int y)
        {
            var block = MemoryMarshal.CreateReadOnlySpan(ref blockRef, 64);
            var (rows, columns) = (Math.Min(8, frame.Height - y), Math.Min(8, frame.Width - x));
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                    samples[((((y + row) * frame.Width) + x + column) * frame.SamplesPerPixel) + componentIndex] = Math.Clamp((int)block[(row * 8) + column], 0, highest);
            }
        }
    }
}
