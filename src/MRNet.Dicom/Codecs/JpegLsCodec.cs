using System.Runtime.InteropServices;

namespace MRNet.Dicom;

/// <summary>JPEG-LS (…4.80, …4.81), by CharLS.</summary>
internal sealed class JpegLsCodec : IFrameCodec
{
    public bool CanDecode(DicomTransferSyntax syntax) => syntax == DicomTransferSyntax.JPEGLSLossless || syntax == DicomTransferSyntax.JPEGLSNearLossless;

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var markers = JpegMarkers.Read(stream.Span);
        if (markers.FrameMarker != 0xF7)
            throw new DicomCodecException($"The JPEG-LS stream has frame marker FF {markers.FrameMarker:X2}; wanted FF F7.");
        frame.Check("JPEG-LS", markers.Width, markers.Height, markers.ComponentIds.Length, markers.Precision);

        var bytes = markers.Precision > 8 ? 2 : 1;
        var decoded = new byte[frame.Samples * bytes];
        var isPlanar = CharLs.Decode(stream.Span, decoded);
        var plane = frame.Width * frame.Height;
        for (var i = 0; i < frame.Samples; i++)
        {
            var from = isPlanar ? (i % frame.SamplesPerPixel * plane) + (i / frame.SamplesPerPixel) : i;
            var pattern = bytes == 1 ? decoded[from] : BitConverter.ToUInt16(decoded, from * 2);
            frame.Write(into, i, frame.Extend(pattern, markers.Precision));
        }
    }
}

/// <summary>The functions of CharLS 2 that are used.</summary>
internal static unsafe class CharLs
{
    public static NativeCodecLibrary Library { get; } = new(
        "libcharls 2", "libcharls2", ["libcharls.so.2", "charls-2-x64", "charls-2", "libcharls.2.dylib", "libcharls.so"],
        handle => NativeLibrary.TryGetExport(handle, "charls_get_version_string", out var version)
            ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)version)()) ?? ""
            : "");

    /// <returns>True if the samples come plane by plane.</returns>
    public static bool Decode(ReadOnlySpan<byte> stream, Span<byte> into)
    {
        var create = (delegate* unmanaged<nint>)Library.Function("charls_jpegls_decoder_create");
        var destroy = (delegate* unmanaged<nint, void>)Library.Function("charls_jpegls_decoder_destroy");
        var source = (delegate* unmanaged<nint, byte*, nuint, int>)Library.Function("charls_jpegls_decoder_set_source_buffer");
        var header = (delegate* unmanaged<nint, int>)Library.Function("charls_jpegls_decoder_read_header");
        var interleave = (delegate* unmanaged<nint, int*, int>)Library.Function("charls_jpegls_decoder_get_interleave_mode");
        var size = (delegate* unmanaged<nint, uint, nuint*, int>)Library.Function("charls_jpegls_decoder_get_destination_size");
        var decode = (delegate* unmanaged<nint, byte*, nuint, uint, int>)Library.Function("charls_jpegls_decoder_decode_to_buffer");

        var decoder = create();
        if (decoder == 0)
            throw new DicomCodecException("CharLS could not start a decoder.");
        try
        {
            fixed (byte* from = stream)
            fixed (byte* to = into)
            {
                int mode;
                nuint needed;
                Check(source(decoder, from, (nuint)stream.Length));
                Check(header(decoder));
                Check(interleave(decoder, &mode));
                Check(size(decoder, 0, &needed));
                if (needed != (nuint)into.Length)
                    throw new DicomCodecException($"The JPEG-LS stream gives {needed} bytes; wanted {into.Length}.");
                Check(decode(decoder, to, needed, 0));
                return mode == 0; // lines and samples come interleaved by pixel
            }
        }
        finally
        {
            destroy(decoder);
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
            throw new DicomCodecException($"The JPEG-LS frame is damaged: CharLS error {error}.");
    }
}
