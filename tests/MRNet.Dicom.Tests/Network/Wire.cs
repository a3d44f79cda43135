using MRNet.Dicom.Network;

namespace MRNet.Dicom.Tests.Network;

/// <summary>Things on the wire that a test does not care about.</summary>
internal static class Wire
{
    public static readonly DicomAssociationOptions Caller = new() { CallingAe = "CALLER", ConnectTimeout = TimeSpan.FromSeconds(20), AnswerTimeout = TimeSpan.FromSeconds(20) };

    public static DicomListenerOptions Options => new() { AeTitle = "NODE", Port = 0, Flush = false };

    public static DicomPeer Peer(this DicomListener listener) => new("NODE", "127.0.0.1", listener.Port);

    /// <summary>Images of any class and encoding, of which only the head differs.</summary>
    public static OutgoingObject Object(string instance = "1.2.3.4", DicomTransferSyntax? syntax = null, string? sopClass = null, int size = 16)
    {
        var dataset = Some.Image(size, size, 8, [.. Enumerable.Range(0, size * size).Select(i => (byte)i)])
            .AddOrUpdate(DicomTag.SOPInstanceUID, instance)
            .AddOrUpdate(DicomTag.SOPClassUID, sopClass ?? DicomUID.SecondaryCaptureImageStorage.UID);
        return OutgoingObject.FromFile(new DicomFile(DicomTranscoder.Transcode(dataset, syntax ?? DicomTransferSyntax.ExplicitVRLittleEndian)));
    }

    public static byte[] DatasetOf(Stream file)
    {
        using var copy = new MemoryStream();
        using (file)
            file.CopyTo(copy);
        var bytes = copy.ToArray();
        return bytes[(int)FileHead.Read(bytes).DatasetOffset..];
    }
}

/// <summary>A folder that goes away.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mrnet-test-").FullName;

    public string[] Files => [.. Directory.GetFiles(Path).Select(file => System.IO.Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
