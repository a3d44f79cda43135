namespace MRNet.Dicom;

/// <summary>Decodes the frames of some transfer syntaxes.</summary>
public interface IFrameCodec
{
    bool CanDecode(DicomTransferSyntax syntax);

    /// <summary>The most bytes a stream of this length can decode to; a frame said to be larger is refused before it is allocated.</summary>
    long MostBytes(long streamLength) => long.MaxValue;

    /// <param name="stream">One frame's bit stream, fragments joined.</param>
    /// <param name="frame">What the data set says.</param>
    /// <param name="into">Zeroed, <see cref="FrameInfo.Bytes"/> long; little-endian, colour by pixel, 1-bit samples packed.</param>
    /// <exception cref="DicomCodecException">Damaged, or not what the data set says.</exception>
    void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into);
}
