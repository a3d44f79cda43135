namespace MRNet.Dicom.Network;

/// <summary>A peer is away, refuses, breaks the protocol or stops answering.</summary>
/// <param name="isTransient">True where the same may succeed later: nobody listens, a time-out, a peer that is full.</param>
public sealed class DicomNetworkException(string message, bool isTransient, Exception? inner = null) : DicomException(message, inner)
{
    public bool IsTransient { get; } = isTransient;
}
