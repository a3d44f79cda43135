using System.Buffers.Binary;

namespace MRNet.Dicom;

/// <summary>JPEG-LS (…4.80, …4.81), ITU-T T.87: 2 to 16 bits, lossless and near-lossless, the three ways of interleaving. Restart intervals, palettes and sizes beyond 65535 do not occur in DICOM and are refused.</summary>
internal sealed class JpegLsCodec : IFrameCodec
{
    public bool CanDecode(DicomTransferSyntax syntax) => syntax == DicomTransferSyntax.JPEGLSLossless || syntax == DicomTransferSyntax.JPEGLSNearLossless;

    public long MostBytes(long streamLength) => FrameCodecs.Believed(streamLength);

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var markers = JpegMarkers.Read(stream.Span);
        if (markers.FrameMarker != 0xF7)
            throw new DicomCodecException($"The JPEG-LS stream has frame marker FF {markers.FrameMarker:X2}; wanted FF F7.");
        if (markers.Precision is < 2 or > 16)
            throw new DicomCodecException($"The JPEG-LS stream has samples of {markers.Precision} bits; wanted 2 to 16.");
        if (markers.Sampling.Any(sampling => sampling != markers.Sampling[0]))
            throw new DicomCodecException("The JPEG-LS stream has subsampled components; wanted all of one size.");
        frame.Check("JPEG-LS", markers.Width, markers.Height, markers.ComponentIds.Length, markers.Precision);
        new JpegLsDecoder(markers, frame).Decode(stream.Span, into);
    }
}

/// <summary>One stream.</summary>
internal sealed class JpegLsDecoder(JpegMarkers markers, FrameInfo frame)
{
    private const int ByLine = 1;
    private const int BySample = 2;

    private JpegLsPresets presets;

    public void Decode(ReadOnlySpan<byte> stream, Span<byte> into)
    {
        var decoded = 0;
        for (var at = 2; decoded < frame.SamplesPerPixel;)
        {
            if (at + 4 > stream.Length)
                throw new DicomCodecException($"The JPEG-LS stream ends after {decoded} of {frame.SamplesPerPixel} components.");
            if (stream[at] != 0xFF || stream[at + 1] < 0xC0 || stream[at + 1] == 0xFF)
            {
                at++;
                continue;
            }

            var marker = stream[at + 1];
            var length = BinaryPrimitives.ReadUInt16BigEndian(stream[(at + 2)..]);
            if (marker == 0xD9 || length < 2 || at + 2 + length > stream.Length)
                throw new DicomCodecException($"The JPEG-LS stream ends after {decoded} of {frame.SamplesPerPixel} components, at byte {at}.");
            var body = stream.Slice(at + 4, length - 2);
            at += 2 + length;
            if (marker == 0xF8)
                ReadPresets(body);
            else if (marker == 0xDD && body.ContainsAnyExcept((byte)0))
                throw new DicomCodecException("The JPEG-LS stream has restart intervals, which are not read.");
            else if (marker == 0xE8 && body is [(byte)'m', (byte)'r', (byte)'f', (byte)'x', not 0, ..])
                throw new DicomCodecException("The JPEG-LS stream has a colour transform of its own, which DICOM does not know.");
            else if (marker == 0xDA)
                decoded += Scan(body, stream, ref at, into);
        }
    }

    /// <summary>Marker LSE, section C.2.4.1.</summary>
    private void ReadPresets(ReadOnlySpan<byte> body)
    {
        if (body is not [1, ..] || body.Length < 11)
            throw new DicomCodecException($"The JPEG-LS stream has parameters of kind {(body.Length > 0 ? body[0] : 0)} in {body.Length} bytes; wanted kind 1, of 11.");
        var values = new int[5];
        for (var i = 0; i < 5; i++)
            values[i] = BinaryPrimitives.ReadUInt16BigEndian(body[(1 + (2 * i))..]);
        presets = new(values[0], values[1], values[2], values[3], values[4]);
    }

    /// <returns>How many components the scan held.</returns>
    private int Scan(ReadOnlySpan<byte> header, ReadOnlySpan<byte> stream, ref int at, Span<byte> into)
    {
        var count = header.Length > 0 ? header[0] : 0;
        if (count < 1 || count > frame.SamplesPerPixel || header.Length < 4 + (2 * count))
            throw new DicomCodecException($"A scan header of the JPEG-LS stream has {header.Length} bytes for {count} components.");
        var components = new int[count];
        for (var i = 0; i < count; i++)
        {
            components[i] = Array.IndexOf(markers.ComponentIds, header[1 + (2 * i)]);
            if (components[i] < 0 || header[2 + (2 * i)] != 0)
                throw new DicomCodecException($"A scan of the JPEG-LS stream names component {header[1 + (2 * i)]} with table {header[2 + (2 * i)]}; wanted one of the frame header and no table.");
        }

        var (near, interleaving, shift) = (header[1 + (2 * count)], header[2 + (2 * count)], header[3 + (2 * count)]);
        if (interleaving > BySample || (interleaving == 0 && count > 1) || shift != 0)
            throw new DicomCodecException($"A scan of the JPEG-LS stream has interleaving {interleaving} of {count} components and point transform {shift}.");
        var bits = new JpegLsBits(stream[at..]);
        Lines(ref bits, components, near, interleaving, into);
        if (bits.Left >= 16)
            throw new DicomCodecException($"The JPEG-LS scan has {bits.Left / 8} bytes more than its samples need.");
        at += bits.Length;
        return count;
    }

    private void Lines(ref JpegLsBits bits, int[] components, int near, int interleaving, Span<byte> into)
    {
        // Lines of several components take turns but share what was learnt; samples are decoded together.
        var together = interleaving == BySample ? components.Length : 1;
        var scan = new JpegLsScan(presets.Complete(markers.Precision, near), near, frame.Width, together);
        var turns = interleaving == ByLine ? components.Length : 1;
        var (above, here, runs) = (new int[components.Length * scan.Stride], new int[components.Length * scan.Stride], new int[turns]);
        for (var y = 0; y < frame.Height; y++)
        {
            for (var turn = 0; turn < turns; turn++)
                scan.Line(ref bits, above.AsSpan(turn * scan.Stride), here.AsSpan(turn * scan.Stride), ref runs[turn]);
            for (var i = 0; i < components.Length; i++)
                WriteRow(here.AsSpan((i * scan.Stride) + 1, frame.Width), (y * frame.Width * frame.SamplesPerPixel) + components[i], into);
            (above, here) = (here, above);
        }
    }

    private void WriteRow(ReadOnlySpan<int> row, int index, Span<byte> into)
    {
        foreach (var value in row)
        {
            frame.Write(into, index, frame.Extend(value, markers.Precision));
            index += frame.SamplesPerPixel;
        }
    }
}
