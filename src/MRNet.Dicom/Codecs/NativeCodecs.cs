using System.Runtime.InteropServices;

namespace MRNet.Dicom;

/// <summary>What one codec needs and whether it is there.</summary>
/// <param name="Version">Of the native library found; empty for our own code.</param>
/// <param name="Needs">What to install when it is not there; empty for our own code.</param>
public sealed record CodecDescription(string Name, bool IsAvailable, string Version, string Needs, IReadOnlyList<DicomTransferSyntax> TransferSyntaxes);

/// <summary>The codecs of this library, those of native libraries with the version found.</summary>
public static class NativeCodecs
{
    public static IReadOnlyList<CodecDescription> Describe() =>
    [
        Own<RleCodec>("RLE"),
        Own<JpegCodec>("JPEG: lossless, baseline and extended"),
        Own<JpegLsCodec>("JPEG-LS"),
        Own<DeflatedFrameCodec>("Deflated image frame"),
        Own<RawFrameCodec>("Encapsulated uncompressed"),
        Native(new Jpeg2000Codec(), "JPEG 2000 and HTJ2K", OpenJpeg.Library),
    ];

    private static CodecDescription Own<T>(string name) where T : IFrameCodec, new() => new(name, true, "", "", Syntaxes(new T()));

    private static CodecDescription Native(IFrameCodec codec, string name, NativeCodecLibrary library) =>
        new(name, library.IsAvailable, library.Version, library.Needs, Syntaxes(codec));

    private static DicomTransferSyntax[] Syntaxes(IFrameCodec codec) => [.. DicomTransferSyntax.All.Where(codec.CanDecode).OrderBy(s => s.UID.UID, StringComparer.Ordinal)];
}

/// <summary>A native library that may be there: looked for once, by a list of names.</summary>
internal sealed class NativeCodecLibrary
{
    private readonly Lazy<(nint Handle, string Version)> loaded;

    public NativeCodecLibrary(string name, string package, string[] names, Func<nint, string> version)
    {
        Needs = $"{name} (Debian: {package})";
        loaded = new(() =>
        {
            foreach (var candidate in names)
            {
                if (NativeLibrary.TryLoad(candidate, typeof(NativeCodecLibrary).Assembly, DllImportSearchPath.SafeDirectories, out var handle))
                    return (handle, version(handle));
            }

            return default;
        });
    }

    public string Needs { get; }

    public bool IsAvailable => loaded.Value.Handle != 0;

    public string Version => loaded.Value.Version ?? "";

    /// <exception cref="DicomCodecException">The library, or the function in it, is not there.</exception>
    public nint Function(string name)
    {
        if (!IsAvailable)
            throw new DicomCodecException($"This frame needs {Needs}, which was not found.");
        return NativeLibrary.TryGetExport(loaded.Value.Handle, name, out var address)
            ? address
            : throw new DicomCodecException($"{Needs} {Version} has no function {name}; wanted a newer version.");
    }
}
