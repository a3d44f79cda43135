namespace MRNet.Dicom.Network;

/// <summary>Who called: what the association said and where it came from.</summary>
/// <param name="Association">A number of this process, the same for all objects of one association.</param>
public sealed record DicomCaller(string CallingAe, string CalledAe, string Address, long Association);

/// <summary>An object that came in: complete, as a Part 10 file under a temporary name, its data set byte for byte as it was sent.</summary>
/// <param name="Path">Who takes it renames the file; what is still there after the answer is removed.</param>
public sealed record IncomingObject(string Path, string SopClass, string SopInstance, DicomTransferSyntax TransferSyntax, long Length, DicomCaller From);

/// <summary>Takes objects that a peer sends, by C-STORE to our listener or as the answer to C-GET.</summary>
public interface IObjectSink
{
    /// <summary>A folder for files under temporary names, on the disk where they will stay.</summary>
    string TemporaryFolder { get; }

    /// <summary>Called for each object when it is complete and on disk; the peer is told what this returns, and nothing before.</summary>
    ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation);

    /// <summary>The association is over: released, or broken off.</summary>
    ValueTask EndedAsync(DicomCaller caller, bool isReleased) => ValueTask.CompletedTask;

    /// <summary>A peer tells what it committed itself to keep, PS3.4 annex J.</summary>
    ValueTask<DicomStatus> CommittedAsync(CommitmentReport report, CancellationToken cancellation) => ValueTask.FromResult(DicomStatus.Success);
}

/// <summary>Keeps every object in a folder as <c>SOPInstanceUID.dcm</c>; the same instance once more replaces it.</summary>
/// <param name="taken">Told of each file under its final name.</param>
public sealed class FolderSink(string folder, Action<IncomingObject>? taken = null) : IObjectSink
{
    public string TemporaryFolder => folder;

    public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(item);
        var path = Path.Combine(folder, item.SopInstance + ".dcm");
        File.Move(item.Path, path, overwrite: true);
        taken?.Invoke(item with { Path = path });
        return ValueTask.FromResult(DicomStatus.Success);
    }
}
