namespace MRNet.Dicom;

/// <summary>Which codec decodes which transfer syntax.</summary>
public static class FrameCodecs
{
    private static readonly TimeSpan LongestInChild = TimeSpan.FromSeconds(30);

    private static readonly IFrameCodec[] All =
        [new RleCodec(), new JpegCodec(), new JpegLsCodec(), new Jpeg2000Codec(), new DeflatedFrameCodec(), new RawFrameCodec()];

    /// <summary>
    /// Of a syntax in which a blank picture of any size takes a handful of bytes: what a stream of this length is believed to hold. Pictures are
    /// not blank; a header that asks for gigabytes is a hostile one.
    /// </summary>
    internal static long Believed(long streamLength) => (8L << 20) + (2000 * streamLength);

    public static bool CanDecode(DicomTransferSyntax syntax)
    {
        ArgumentNullException.ThrowIfNull(syntax);
        return !syntax.IsEncapsulated || Array.Exists(All, codec => codec.CanDecode(syntax));
    }

    /// <summary>
    /// From now on this process decodes JPEG 2000, the one native codec, in child processes: damage that ends the library ends one of them, and is an error
    /// of that frame.
    /// </summary>
    /// <param name="program">A program that calls <see cref="ServeChild"/> when it is given <paramref name="arguments"/>.</param>
    public static void DecodeInChildren(string program, params IReadOnlyList<string> arguments) =>
        All[Array.FindIndex(All, codec => codec.CanDecode(DicomTransferSyntax.JPEG2000Lossless))] = new ChildProcessCodec(new Jpeg2000Codec(), program, arguments, LongestInChild);

    /// <summary>The child's side of <see cref="DecodeInChildren"/>: answers frames until its input ends.</summary>
    /// <param name="input">The child's standard input.</param>
    /// <param name="output">Its standard output.</param>
    public static void ServeChild(Stream input, Stream output) => FramePipe.Serve(new Jpeg2000Codec(), input, output);

    /// <exception cref="DicomCodecException">The syntax is not decoded here, or the frame is damaged.</exception>
    internal static byte[] Decode(DicomTransferSyntax syntax, ReadOnlyMemory<byte> stream, in FrameInfo frame)
    {
        var codec = Array.Find(All, candidate => candidate.CanDecode(syntax))
            ?? throw new DicomCodecException($"Frames in transfer syntax {syntax} are not decoded here.");
        if (frame.BitsAllocated is not (1 or 8 or 16 or 32))
            throw new DicomCodecException($"Frames in {syntax} with Bits Allocated {frame.BitsAllocated} are not decoded; wanted 1, 8, 16 or 32.");
        if (frame.Bytes > codec.MostBytes(stream.Length))
            throw new DicomCodecException($"A frame of {stream.Length} bytes in {syntax} is not believed to hold {frame.Width} x {frame.Height} x {frame.SamplesPerPixel} samples of {frame.BitsAllocated} bits.");
        var into = new byte[frame.Bytes];
        try
        {
            codec.Decode(stream, frame, into);
        }
        catch (Exception error) when (error is IndexOutOfRangeException or ArgumentException or OverflowException or InvalidDataException)
        {
            // A decoder that runs past its stream has met damage; the checks before it cannot see all of it.
            throw new DicomCodecException($"A frame of {stream.Length} bytes in {syntax} is damaged.", error);
        }

        return into;
    }
}

/// <summary>1.2.840.10008.1.2.1.98, PS3.5 A.4.11: native frames in fragments.</summary>
internal sealed class RawFrameCodec : IFrameCodec
{
    public bool CanDecode(DicomTransferSyntax syntax) => syntax == DicomTransferSyntax.EncapsulatedUncompressed;

    public long MostBytes(long streamLength) => streamLength;

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        if (stream.Length < into.Length)
            throw new DicomCodecException($"An uncompressed frame has {stream.Length} bytes; wanted {into.Length}.");
        stream.Span[..into.Length].CopyTo(into);
    }
}

/// <summary>1.2.840.10008.1.2.8.1: each frame deflated by itself (RFC 1951).</summary>
internal sealed class DeflatedFrameCodec : IFrameCodec
{
    public bool CanDecode(DicomTransferSyntax syntax) => syntax == DicomTransferSyntax.DeflatedImageFrame;

    public long MostBytes(long streamLength) => 1032 * streamLength; // the best deflate can do

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var got = Inflate.Into(stream, into);
        if (got < into.Length)
            throw new DicomCodecException($"A deflated frame gives {got} bytes; wanted {into.Length}.");
    }

    public static byte[] Encode(ReadOnlySpan<byte> frame)
    {
        using var deflated = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(deflated, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(frame);
        return deflated.ToArray();
    }
}
