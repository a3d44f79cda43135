namespace MRNet.Dicom.Network;

/// <summary>An object to be sent, byte for byte as it is: pixel data is never re-encoded on the way.</summary>
public sealed class OutgoingObject
{
    private readonly string? path;
    private readonly byte[]? bytes;
    private readonly FileHead head;

    private OutgoingObject(string name, string? path, byte[]? bytes, FileHead head) => (Name, this.path, this.bytes, this.head) = (name, path, bytes, head);

    /// <summary>The file's name without its folders, for messages.</summary>
    public string Name { get; }

    public string SopClass => head.SopClass;

    public string SopInstance => head.SopInstance;

    public DicomTransferSyntax TransferSyntax => head.Syntax;

    /// <summary>Bytes of the whole file.</summary>
    public long Length => head.DatasetOffset + head.DatasetLength;

    /// <summary>A Part 10 file; only its head is read now.</summary>
    /// <exception cref="DicomFileException">No DICOM file, or without SOP Class or Instance UID.</exception>
    public static OutgoingObject FromFile(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        try
        {
            return new(Path.GetFileName(path), path, null, FileHead.Read(path));
        }
        catch (DicomFileException error)
        {
            throw new DicomFileException($"{Path.GetFileName(path)}: {error.Message}", error);
        }
    }

    /// <summary>An object in memory.</summary>
    public static OutgoingObject FromFile(DicomFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        using var stream = new MemoryStream();
        file.Save(stream);
        var bytes = stream.ToArray();
        var head = FileHead.Read(bytes);
        return new(head.SopInstance, null, bytes, head);
    }

    /// <summary>The whole file.</summary>
    public Stream OpenFile()
    {
        try
        {
            return path is null ? new MemoryStream(bytes!, writable: false) : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DicomFileException($"{Name} could not be read: {error.Message}", error);
        }
    }

    /// <summary>The data set alone, in its own syntax or, of a native one, in another native one: the values stay, their headers change.</summary>
    internal Stream OpenDataset(DicomTransferSyntax syntax)
    {
        if (syntax == TransferSyntax)
        {
            var stream = OpenFile();
            stream.Position = head.DatasetOffset;
            return stream;
        }

        using var file = OpenFile();
        var again = new MemoryStream();
        DicomWriter.WriteDataset(again, (path is null ? DicomFile.Open(file) : DicomFile.Open(path)).Dataset, syntax.IsExplicitVR);
        again.Position = 0;
        return again;
    }

    /// <summary>Encodings this object can be sent in: its own; of native pixels also the other native one, which every peer must take (PS3.5 section 10.1).</summary>
    internal IEnumerable<DicomTransferSyntax> Syntaxes()
    {
        yield return TransferSyntax;
        if (TransferSyntax == DicomTransferSyntax.ExplicitVRLittleEndian)
            yield return DicomTransferSyntax.ImplicitVRLittleEndian;
        else if (TransferSyntax == DicomTransferSyntax.ImplicitVRLittleEndian)
            yield return DicomTransferSyntax.ExplicitVRLittleEndian;
    }
}
