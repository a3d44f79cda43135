namespace MRNet.Dicom;

/// <summary>
/// JPEG of T.81: baseline, extended and lossless. The stream's own frame marker says which, not the transfer syntax:
/// files exist with baseline streams under a lossless syntax.
/// </summary>
internal sealed class JpegCodec : IFrameCodec
{
    public bool CanDecode(DicomTransferSyntax syntax) => IsJpeg(syntax);

    public static bool IsJpeg(DicomTransferSyntax syntax) =>
        syntax == DicomTransferSyntax.JPEGProcess1 || syntax == DicomTransferSyntax.JPEGProcess2And4
        || syntax == DicomTransferSyntax.JPEGProcess14 || syntax == DicomTransferSyntax.JPEGProcess14SV1;

    /// <summary>At least two bits for a block of 64 samples of at most four bytes.</summary>
    public long MostBytes(long streamLength) => 4L * 64 * 4 * streamLength;

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var markers = JpegMarkers.Read(stream.Span);
        if (markers.FrameMarker is 0xC0 or 0xC1)
            JpegDct.Decode(markers, stream, frame, into);
        else if (markers.FrameMarker == 0xC3)
            JpegLossless.Decode(markers, stream.Span, frame, into);
        else
            throw new DicomCodecException($"The JPEG stream has frame marker FF {markers.FrameMarker:X2}; wanted FF C0 (baseline), FF C1 (extended) or FF C3 (lossless).");
    }
}
