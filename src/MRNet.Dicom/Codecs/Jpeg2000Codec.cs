using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MRNet.Dicom;

/// <summary>JPEG 2000 (…4.90, …4.91) and HTJ2K (…4.201 to .203), by OpenJPEG, from a raw codestream or one in a JP2 box. Colour transforms of the stream are undone: YBR_RCT and YBR_ICT come out as RGB.</summary>
internal sealed class Jpeg2000Codec : IFrameCodec
{
    private const int MaximumTiles = 16384;

    public bool CanDecode(DicomTransferSyntax syntax) =>
        syntax == DicomTransferSyntax.JPEG2000Lossless || syntax == DicomTransferSyntax.JPEG2000Lossy || syntax == DicomTransferSyntax.HTJ2KLossless
        || syntax == DicomTransferSyntax.HTJ2KLosslessRPCL || syntax == DicomTransferSyntax.HTJ2K;

    public long MostBytes(long streamLength) => FrameCodecs.Believed(streamLength);

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var codestream = Codestream(stream);
        Check(codestream.Span, frame);
        OpenJpeg.Decode(codestream, frame, into);
    }

    /// <summary>The codestream itself: some writers wrap it in a JP2 file, whose boxes say nothing DICOM does not.</summary>
    private static ReadOnlyMemory<byte> Codestream(ReadOnlyMemory<byte> stream)
    {
        var bytes = stream.Span;
        if (bytes.StartsWith<byte>([0xFF, 0x4F, 0xFF, 0x51]))
            return stream;
        for (long at = 0; at + 8 <= bytes.Length;)
        {
            var length = (long)BinaryPrimitives.ReadUInt32BigEndian(bytes[(int)at..]);
            var name = bytes.Slice((int)at + 4, 4);
            var header = 8;
            if (length == 1 && at + 16 <= bytes.Length)
                (length, header) = ((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes[((int)at + 8)..]) & long.MaxValue), 16);
            if (length == 0)
                length = bytes.Length - at;
            if (name.SequenceEqual("jp2c"u8) && at + header < bytes.Length)
                return stream[((int)at + header)..];
            if (length < 8 || length > bytes.Length - at)
                break;
            at += length;
        }

        throw new DicomCodecException($"A JPEG 2000 frame of {bytes.Length} bytes starts neither with FF 4F FF 51 nor with a JP2 box.");
    }

    /// <summary>The SIZ marker (ISO 15444-1 A.5.1) against the data set, before OpenJPEG allocates what it asks for.</summary>
    private static void Check(ReadOnlySpan<byte> stream, in FrameInfo frame)
    {
        if (stream.Length < 42 || !stream.StartsWith<byte>([0xFF, 0x4F, 0xFF, 0x51]))
            throw new DicomCodecException($"A JPEG 2000 codestream of {stream.Length} bytes has no size marker.");
        static long At(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32BigEndian(bytes[offset..]);
        var (width, height) = (At(stream, 8) - At(stream, 16), At(stream, 12) - At(stream, 20));
        var (tileWidth, tileHeight) = (At(stream, 24), At(stream, 28));
        var components = BinaryPrimitives.ReadUInt16BigEndian(stream[40..]);
        if (components == 0 || stream.Length < 42 + (3 * components))
            throw new DicomCodecException($"A JPEG 2000 codestream of {stream.Length} bytes names {components} components.");
        frame.Check("JPEG 2000", width, height, components, (stream[42] & 0x7F) + 1);
        if (tileWidth == 0 || tileHeight == 0 || (At(stream, 8) / tileWidth + 1) * (At(stream, 12) / tileHeight + 1) > MaximumTiles)
            throw new DicomCodecException($"The JPEG 2000 stream has tiles of {tileWidth} x {tileHeight}; wanted at most {MaximumTiles} of them.");
        for (var i = 0; i < components; i++)
        {
            if (stream[43 + (3 * i)] != 1 || stream[44 + (3 * i)] != 1)
                throw new DicomCodecException("The JPEG 2000 stream has subsampled components; wanted all of one size.");
        }
    }
}

/// <summary>The functions of OpenJPEG 2 that are used.</summary>
internal static unsafe class OpenJpeg
{
    private const int ParametersSize = 32 * 1024; // opj_dparameters_t is about 8 KiB; room for a newer one

    public static NativeCodecLibrary Library { get; } = new(
        "libopenjp2", "libopenjp2-7", ["libopenjp2.so.7", "openjp2", "libopenjp2.7.dylib", "libopenjp2.so"],
        handle => NativeLibrary.TryGetExport(handle, "opj_version", out var version)
            ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)version)()) ?? ""
            : "");

    public static void Decode(ReadOnlyMemory<byte> codestream, in FrameInfo frame, Span<byte> into)
    {
        var destroyStream = (delegate* unmanaged<nint, void>)Library.Function("opj_stream_destroy");
        var destroyCodec = (delegate* unmanaged<nint, void>)Library.Function("opj_destroy_codec");
        var destroyImage = (delegate* unmanaged<Image*, void>)Library.Function("opj_image_destroy");

        var source = GCHandle.Alloc(new Source(codestream));
        nint stream = 0, codec = 0;
        Image* image = null;
        try
        {
            stream = Stream(source, codestream.Length);
            codec = Codec();
            var header = (delegate* unmanaged<nint, nint, Image**, int>)Library.Function("opj_read_header");
            var decode = (delegate* unmanaged<nint, nint, Image*, int>)Library.Function("opj_decode");
            if (header(stream, codec, &image) == 0 || image == null)
                throw new DicomCodecException($"The header of a JPEG 2000 frame of {codestream.Length} bytes is damaged.");
            if (decode(codec, stream, image) == 0)
                throw new DicomCodecException($"A JPEG 2000 frame of {codestream.Length} bytes is damaged.");
            Copy(image, frame, into);
        }
        finally
        {
            if (image != null)
                destroyImage(image);
            if (codec != 0)
                destroyCodec(codec);
            if (stream != 0)
                destroyStream(stream);
            source.Free();
        }
    }

    private static nint Stream(GCHandle source, int length)
    {
        var create = (delegate* unmanaged<nuint, int, nint>)Library.Function("opj_stream_create");
        var setUser = (delegate* unmanaged<nint, nint, nint, void>)Library.Function("opj_stream_set_user_data");
        var setLength = (delegate* unmanaged<nint, ulong, void>)Library.Function("opj_stream_set_user_data_length");
        var setRead = (delegate* unmanaged<nint, delegate* unmanaged<byte*, nuint, nint, nuint>, void>)Library.Function("opj_stream_set_read_function");
        var setSkip = (delegate* unmanaged<nint, delegate* unmanaged<long, nint, long>, void>)Library.Function("opj_stream_set_skip_function");
        var setSeek = (delegate* unmanaged<nint, delegate* unmanaged<long, nint, int>, void>)Library.Function("opj_stream_set_seek_function");
        var stream = create(64 * 1024, 1);
        if (stream == 0)
            throw new DicomCodecException("OpenJPEG could not start a stream.");
        setUser(stream, GCHandle.ToIntPtr(source), 0);
        setLength(stream, (ulong)length);
        setRead(stream, &Read);
        setSkip(stream, &Skip);
        setSeek(stream, &Seek);
        return stream;
    }

    private static nint Codec()
    {
        var create = (delegate* unmanaged<int, nint>)Library.Function("opj_create_decompress");
        var defaults = (delegate* unmanaged<byte*, void>)Library.Function("opj_set_default_decoder_parameters");
        var setup = (delegate* unmanaged<nint, byte*, int>)Library.Function("opj_setup_decoder");
        var destroy = (delegate* unmanaged<nint, void>)Library.Function("opj_destroy_codec");
        var codec = create(0); // OPJ_CODEC_J2K
        var parameters = stackalloc byte[ParametersSize];
        new Span<byte>(parameters, ParametersSize).Clear();
        defaults(parameters);
        if (codec != 0 && setup(codec, parameters) != 0)
            return codec;
        if (codec != 0)
            destroy(codec);
        throw new DicomCodecException("OpenJPEG could not start a decoder.");
    }

    private static void Copy(Image* image, in FrameInfo frame, Span<byte> into)
    {
        if (image->Components != frame.SamplesPerPixel)
            throw new DicomCodecException($"The JPEG 2000 stream gave {image->Components} components; wanted {frame.SamplesPerPixel}.");
        for (var c = 0; c < frame.SamplesPerPixel; c++)
        {
            ref var component = ref image->List[c];
            if (component.Width != frame.Width || component.Height != frame.Height || component.Data == null)
                throw new DicomCodecException($"The JPEG 2000 stream gave {component.Width} x {component.Height} samples; wanted {frame.Width} x {frame.Height}.");
            var pixels = frame.Width * frame.Height;
            for (var i = 0; i < pixels; i++)
                frame.Write(into, (i * frame.SamplesPerPixel) + c, frame.Extend(component.Data[i], (int)component.Precision));
        }
    }

    [UnmanagedCallersOnly]
    private static nuint Read(byte* buffer, nuint count, nint user)
    {
        var source = (Source)GCHandle.FromIntPtr(user).Target!;
        var left = source.Bytes.Length - source.Position;
        if (left <= 0)
            return nuint.MaxValue; // OpenJPEG's end of file
        var taken = (int)Math.Min((ulong)left, count);
        source.Bytes.Span.Slice((int)source.Position, taken).CopyTo(new Span<byte>(buffer, taken));
        source.Position += taken;
        return (nuint)taken;
    }

    [UnmanagedCallersOnly]
    private static long Skip(long count, nint user)
    {
        var source = (Source)GCHandle.FromIntPtr(user).Target!;
        if (count < 0)
            return -1;
        var taken = Math.Min(count, source.Bytes.Length - source.Position);
        source.Position += taken;
        return taken == 0 && count > 0 ? -1 : taken;
    }

    [UnmanagedCallersOnly]
    private static int Seek(long position, nint user)
    {
        var source = (Source)GCHandle.FromIntPtr(user).Target!;
        if (position < 0 || position > source.Bytes.Length)
            return 0;
        source.Position = position;
        return 1;
    }

    private sealed class Source(ReadOnlyMemory<byte> bytes)
    {
        public ReadOnlyMemory<byte> Bytes { get; } = bytes;

        public long Position { get; set; }
    }

    /// <summary>opj_image_t, as far as it is used.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Image
    {
        public uint X0;
        public uint Y0;
        public uint X1;
        public uint Y1;
        public uint Components;
        public int ColorSpace;
        public Component* List;
    }

    /// <summary>opj_image_comp_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Component
    {
        public uint Dx;
        public uint Dy;
        public uint Width;
        public uint Height;
        public uint X0;
        public uint Y0;
        public uint Precision;
        public uint Bpp;
        public uint Signed;
        public uint ResolutionsDecoded;
        public uint Factor;
        public int* Data;
        public ushort Alpha;
    }
}
