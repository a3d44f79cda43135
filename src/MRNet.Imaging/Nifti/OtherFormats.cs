namespace MRNet.Imaging.Nifti;

/// <summary>Files that people hand over as NIfTI, refused by their own name.</summary>
internal static class OtherFormats
{
    /// <returns>Null for bytes that mean nothing to us.</returns>
    public static UnsupportedImageException? Named(ReadOnlySpan<byte> start) => start switch
    {
        [0, 0, 0, 1, ..] => Of("MGH (FreeSurfer)"), // version 1, big-endian
        [(byte)'N', (byte)'R', (byte)'R', (byte)'D', ..] => Of("NRRD"),
        [(byte)'O', (byte)'b', (byte)'j', (byte)'e', ..] => Of("MetaImage"),
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => Of("PNG"),
        [0xff, 0xd8, 0xff, ..] => Of("JPEG"),
        _ when start.Length >= 132 && start[128..132].SequenceEqual("DICM"u8) => Of("DICOM"),
        _ => null,
    };

    private static UnsupportedImageException Of(string format) => new($"The file is {format}; expected NIfTI.");
}
