namespace MRNet.Dicom.Network;

/// <summary>Answers one C-STORE request: the data set goes to disk as it arrives, then to the sink, then the answer to the peer.</summary>
internal sealed class ObjectReceiver(DimseConnection messages, IObjectSink sink, DicomCaller caller, long maximumBytes, bool flush)
{
    private const string Prefix = "incoming-";

    public async Task AnswerAsync(DimseMessage message, DicomTransferSyntax syntax, CancellationToken cancellation)
    {
        var status = await TakeAsync(message, syntax, cancellation).ConfigureAwait(false);
        await messages.SendAsync(message.Context, message.Command.Response(status), null, cancellation).ConfigureAwait(false);
    }

    private async Task<DicomStatus> TakeAsync(DimseMessage message, DicomTransferSyntax syntax, CancellationToken cancellation)
    {
        var path = Path.Combine(sink.TemporaryFolder, $"{Prefix}{Path.GetRandomFileName()}.tmp");
        try
        {
            var (status, length) = await WriteAsync(path, message, syntax, cancellation).ConfigureAwait(false);
            if (status != DicomStatus.Success)
                return status;
            return await sink.TakeAsync(new(path, message.Command.SopClass, message.Command.SopInstance, syntax, length, caller), cancellation).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return DicomStatus.OutOfResources with { Comment = "the object could not be written" };
        }
        finally
        {
            if (File.Exists(path)) // Delete minds a folder that is not there
                File.Delete(path);
        }
    }

    /// <summary>Reads the data set to its end whatever happens, so that the association goes on.</summary>
    private async Task<(DicomStatus, long)> WriteAsync(string path, DimseMessage message, DicomTransferSyntax syntax, CancellationToken cancellation)
    {
        var status = Refusal(message.Command);
        var file = status == DicomStatus.Success ? Create(path, message.Command, syntax) : null;
        try
        {
            await messages.ReadDatasetAsync(message.Context, maximumBytes, piece => file = Write(file, piece), cancellation).ConfigureAwait(false);
            if (file is null)
                return (status == DicomStatus.Success ? DicomStatus.OutOfResources with { Comment = "the object could not be written" } : status, 0);
            file.Flush(flushToDisk: flush);
            return (DicomStatus.Success, file.Length);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <returns>Null when the disk takes no more: the rest is read and dropped.</returns>
    private static FileStream? Write(FileStream? file, ReadOnlyMemory<byte> piece)
    {
        try
        {
            file?.Write(piece.Span);
            return file;
        }
        catch (IOException)
        {
            file!.Dispose();
            return null;
        }
    }

    private static FileStream? Create(string path, DimseCommand command, DicomTransferSyntax syntax)
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            var file = new FileStream(path, options);
            var identity = new DicomDataset().Add(DicomTag.SOPClassUID, command.SopClass).Add(DicomTag.SOPInstanceUID, command.SopInstance);
            DicomWriter.WriteHead(file, new DicomFileMetaInformation([]).ForWriting(identity, syntax));
            return file;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static DicomStatus Refusal(DimseCommand command) =>
        DicomUID.IsValid(command.SopClass) && DicomUID.IsValid(command.SopInstance)
            ? DicomStatus.Success
            : DicomStatus.CannotUnderstand with { Comment = "SOP Class or Instance UID is none" };
}
