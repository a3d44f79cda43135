namespace MRNet.Dicom;

/// <summary>What must be known of a file to hand it on as it is: its object, its encoding, and where the data set starts.</summary>
internal sealed record FileHead(string SopClass, string SopInstance, DicomTransferSyntax Syntax, long DatasetOffset, long DatasetLength)
{
    private static readonly DicomTag Beyond = new(0x0008, 0x0019);

    /// <exception cref="DicomFileException">Not a Part 10 file, damaged in its head, not readable, or without SOP Class or Instance UID.</exception>
    public static FileHead Read(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            return Read(new ByteWindow(handle, new ValueFile(path, length, File.GetLastWriteTimeUtc(handle)), length));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DicomValueException)
        {
            throw new DicomFileException($"The file could not be read: {error.Message}", error);
        }
    }

    /// <summary>Of a file in memory.</summary>
    public static FileHead Read(byte[] file) => Read(new ByteWindow(file));

    private static FileHead Read(ByteWindow bytes)
    {
        if (bytes.Length < 132 || !bytes.Span(128, 4).SequenceEqual("DICM"u8))
            throw new DicomFileException($"The file of {bytes.Length} bytes has no \"DICM\" at offset 128; it is no DICOM file, or one without preamble.");
        var options = new DicomReadOptions { StopBefore = Beyond };
        var reader = new DicomReader(bytes, options);
        var meta = new DicomFileMetaInformation(reader.ReadFileMeta(132));
        var (syntax, offset) = (meta.TransferSyntax, reader.Position);
        // A deflated data set is not opened for two UIDs that the meta information repeats.
        var dataset = syntax.IsDeflated ? [] : reader.ReadDataset(offset, syntax);
        return new(
            Uid(dataset.GetStringOrEmpty(DicomTag.SOPClassUID), meta.MediaStorageSOPClassUID, DicomTag.SOPClassUID),
            Uid(dataset.GetStringOrEmpty(DicomTag.SOPInstanceUID), meta.MediaStorageSOPInstanceUID, DicomTag.SOPInstanceUID),
            syntax, offset, bytes.Length - offset);
    }

    private static string Uid(string own, string repeated, DicomTag tag) =>
        (own.Length > 0 ? own : repeated) is { Length: > 0 and <= 64 } uid && uid.All(letter => letter == '.' || char.IsAsciiDigit(letter))
            ? uid
            : throw new DicomFileException($"{tag.Named()} is missing or no UID; without it the object cannot be sent.");
}
