namespace MRNet.Dicom;

/// <summary>A DICOM file, PS3.10: preamble, file meta information, one data set.</summary>
public sealed class DicomFile
{
    private const int PreambleLength = 128;

    /// <summary>A new file of a data set, in its own transfer syntax.</summary>
    public DicomFile(DicomDataset dataset) : this(new DicomFileMetaInformation([]), dataset, isPartial: false)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        FileMetaInfo.Dataset.Add(DicomTag.TransferSyntaxUID, dataset.InternalTransferSyntax.UID);
    }

    private DicomFile(DicomFileMetaInformation meta, DicomDataset dataset, bool isPartial)
    {
        FileMetaInfo = meta;
        Dataset = dataset;
        IsPartial = isPartial;
    }

    public DicomFileMetaInformation FileMetaInfo { get; }

    public DicomDataset Dataset { get; }

    /// <summary>True when a tolerant reading had something to forgive: damage, or missing or wrong file meta information.</summary>
    public bool IsPartial { get; }

    /// <summary>Opens a file. Large values, such as pixel data, are read from it when asked for.</summary>
    /// <exception cref="DicomFileException">Not a DICOM file, damaged, beyond a limit, or not readable.</exception>
    public static DicomFile Open(string path, DicomReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Guarded(() =>
        {
            using var handle = File.OpenHandle(path);
            var length = RandomAccess.GetLength(handle);
            return Read(new ByteWindow(handle, new ValueFile(path, length, File.GetLastWriteTimeUtc(handle)), length), options ?? DicomReadOptions.Default);
        });
    }

    /// <summary>Reads a file from a stream, from where it stands to its end, into memory.</summary>
    public static DicomFile Open(Stream stream, DicomReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Guarded(() =>
        {
            using var memory = new MemoryStream(stream.CanSeek ? (int)Math.Clamp(stream.Length - stream.Position, 0, Array.MaxLength) : 0);
            stream.CopyTo(memory);
            return Open(memory.GetBuffer().AsMemory(0, (int)memory.Length), options);
        });
    }

    /// <summary>Reads a file that is in memory; its values point into the buffer.</summary>
    public static DicomFile Open(ReadOnlyMemory<byte> bytes, DicomReadOptions? options = null) =>
        Guarded(() => Read(new ByteWindow(bytes), options ?? DicomReadOptions.Default));

    /// <inheritdoc cref="Open(string, DicomReadOptions)"/>
    public static Task<DicomFile> OpenAsync(string path, DicomReadOptions? options = null, CancellationToken cancellation = default) =>
        Task.Run(() => Open(path, options), cancellation); // one or two small reads: not worth an asynchronous parser

    /// <inheritdoc cref="Open(Stream, DicomReadOptions)"/>
    public static async Task<DicomFile> OpenAsync(Stream stream, DicomReadOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var memory = new MemoryStream();
        try
        {
            await stream.CopyToAsync(memory, cancellation).ConfigureAwait(false);
        }
        catch (IOException error)
        {
            throw new DicomFileException($"The stream could not be read: {error.Message}", error);
        }

        return Open(memory.GetBuffer().AsMemory(0, (int)memory.Length), options);
    }

    /// <summary>True of a readable file with a preamble and "DICM".</summary>
    public static bool HasValidHeader(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path);
            Span<byte> bytes = stackalloc byte[PreambleLength + 4];
            return RandomAccess.Read(handle, bytes, 0) == bytes.Length && bytes[PreambleLength..].SequenceEqual("DICM"u8);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Writes the file under a temporary name beside it and renames it when complete.</summary>
    /// <param name="syntax">Another native syntax to write in; null for the data set's own. Big-endian files are written little-endian.</param>
    public void Save(string path, DicomTransferSyntax? syntax = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        var temporary = $"{path}.{Environment.ProcessId}-{Environment.CurrentManagedThreadId}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                Save(stream, syntax);
                stream.Flush(flushToDisk: true); // else a power cut may keep the name and lose the content
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception error)
        {
            if (File.Exists(temporary)) // there may be no folder to delete in
                File.Delete(temporary);
            if (error is IOException or UnauthorizedAccessException)
                throw new DicomFileException($"The file could not be written: {error.Message}", error);
            throw;
        }
    }

    /// <inheritdoc cref="Save(string, DicomTransferSyntax)"/>
    public void Save(Stream stream, DicomTransferSyntax? syntax = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        try
        {
            DicomWriter.WriteFile(stream, FileMetaInfo, Dataset, syntax);
        }
        catch (IOException error)
        {
            throw new DicomFileException($"The file could not be written: {error.Message}", error);
        }
    }

    /// <inheritdoc cref="Save(string, DicomTransferSyntax)"/>
    public Task SaveAsync(string path, DicomTransferSyntax? syntax = null, CancellationToken cancellation = default) =>
        Task.Run(() => Save(path, syntax), cancellation);

    /// <inheritdoc cref="Save(string, DicomTransferSyntax)"/>
    public Task SaveAsync(Stream stream, DicomTransferSyntax? syntax = null, CancellationToken cancellation = default) =>
        Task.Run(() => Save(stream, syntax), cancellation);

    private static DicomFile Read(ByteWindow bytes, DicomReadOptions options)
    {
        var start = Start(bytes, options);
        var reader = new DicomReader(bytes, options);
        if (start < 0)
            return WithoutMeta(bytes, reader);

        var meta = new DicomFileMetaInformation(reader.ReadFileMeta(start));
        var position = reader.Position;
        if (!meta.Dataset.TryGetString(DicomTag.TransferSyntaxUID, out var uid) || uid.Length == 0)
        {
            if (!options.Tolerant)
                throw new DicomFileException($"The file meta information has no {DicomTag.TransferSyntaxUID.Named()}; without it the data set cannot be read.");
            return new(meta, reader.ReadDataset(position, Guess(bytes, position)), isPartial: true);
        }

        var syntax = Parse(uid);
        if (syntax.IsDeflated)
        {
            var inflated = Inflate.All(bytes.Memory(position, (int)Math.Min(bytes.Length - position, Array.MaxLength)), options);
            reader = new DicomReader(new ByteWindow(inflated), options);
            position = 0;
        }

        // Seen in the field: a data set with implicit VR under an explicit syntax.
        var isMislabelled = options.Tolerant && syntax is { IsExplicitVR: true, IsDeflated: false }
            && bytes.Length - position >= 8 && Guess(bytes, position) == DicomTransferSyntax.ImplicitVRLittleEndian;
        var dataset = reader.ReadDataset(position, isMislabelled ? DicomTransferSyntax.ImplicitVRLittleEndian : syntax);
        if (isMislabelled && syntax.IsEncapsulated)
            dataset.InternalTransferSyntax = syntax;
        return new(meta, dataset, reader.IsPartial || isMislabelled);
    }

    private static DicomTransferSyntax Parse(string uid)
    {
        try
        {
            return DicomTransferSyntax.Parse(uid);
        }
        catch (DicomValueException error)
        {
            throw new DicomFileException($"{DicomTag.TransferSyntaxUID.Named()}: {error.Message}", error);
        }
    }

    /// <returns>Where the file meta information starts; -1 when there is none.</returns>
    private static long Start(ByteWindow bytes, DicomReadOptions options)
    {
        if (bytes.Length >= PreambleLength + 4 && bytes.Span(PreambleLength, 4).SequenceEqual("DICM"u8))
            return PreambleLength + 4;
        if (bytes.Length >= 2 && bytes.Span(0, 2) is [0x1F, 0x8B])
            throw new DicomFileException("The file starts with 1F 8B: it is compressed by gzip; wanted a DICOM file. Unpack it first.");
        if (bytes.Length >= 4 && bytes.Span(0, 4).SequenceEqual("PK\x03\x04"u8))
            throw new DicomFileException("The file is a ZIP archive; wanted a DICOM file. Unpack it first.");
        if (!options.Tolerant)
            throw new DicomFileException($"The file of {bytes.Length} bytes has no \"DICM\" at offset 128; it is no DICOM file, or one without preamble.");
        if (bytes.Length < 8)
            throw new DicomFileException($"The file has {bytes.Length} bytes; one element has at least 8.");
        return bytes.Span(0, 4) is [2, 0, _, 0] ? 0 : -1;
    }

    private static DicomFile WithoutMeta(ByteWindow bytes, DicomReader reader)
    {
        var head = bytes.Span(0, 8);
        var group = BitConverter.ToUInt16(head);
        // Data sets start with group 8 in practice; anything else is some other file.
        if (group is not (8 or 0x0800 or 0x10 or 4))
            throw new DicomFileException($"The file has no \"DICM\" and starts with {head[0]:X2} {head[1]:X2} {head[2]:X2} {head[3]:X2}; it is no DICOM file.");
        var dataset = reader.ReadDataset(0, Guess(bytes, 0));
        if (dataset.Count == 0)
            throw new DicomFileException("The file has no \"DICM\", and no attribute could be read from its start.");
        var meta = new DicomDataset().Add(DicomTag.TransferSyntaxUID, dataset.InternalTransferSyntax.UID);
        return new(new(meta), dataset, isPartial: true);
    }

    /// <summary>The syntax of a data set that does not say: two capital letters after the tag mean explicit VR; a group of 0x0800 means big-endian.</summary>
    private static DicomTransferSyntax Guess(ByteWindow bytes, long at)
    {
        if (bytes.Length - at < 8)
            return DicomTransferSyntax.ImplicitVRLittleEndian;
        var head = bytes.Span(at, 8);
        var isExplicit = DicomVR.Find(head[4], head[5]) is not null;
        if (!isExplicit)
            return DicomTransferSyntax.ImplicitVRLittleEndian;
        return head[0] == 0 ? DicomTransferSyntax.ExplicitVRBigEndian : DicomTransferSyntax.ExplicitVRLittleEndian;
    }

    private static DicomFile Guarded(Func<DicomFile> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException or ArgumentException)
        {
            throw new DicomFileException($"The file could not be read: {error.Message}", error);
        }
    }
}
