using System.Net;
using System.Text;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;

namespace MRNet.Dicom.Fuzz;

/// <summary>What peers send: units of the upper layer, commands, whole associations, answers of DICOMweb.</summary>
internal static class NetworkTargets
{
    private const string Boundary = "b";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<Target> All { get; } =
    [
        new("pdu", [
            new(Request().Encode(PduType.AssociateRequest)[6..], body => AssociationUnit.ParseRequest(body)),
            new(Request().Encode(PduType.AssociateAccept)[6..], body => AssociationUnit.ParseAccept(body, Request())),
            new(Store().Encode(), body => DimseCommand.Decode(body)),
        ]),
        new("association", [new(Call(), Serve)]),
        new("multipart", [
            new(Encoding.Latin1.GetBytes("--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b\r\ncontent-type: a/b; c=d\r\nContent-Length: 999999999999\r\n\r\n\r\n--c two\r\n\r\n--b--\r\n"), ReadParts),
        ]),
    ];

    private static AssociationUnit Request() => new()
    {
        CalledAe = "NODE",
        CallingAe = "CALLER",
        MaximumLength = 16384,
        User = new("somebody", "secret"),
        Contexts =
        [
            new(1, DicomUID.SecondaryCaptureImageStorage.UID, [DicomUID.ExplicitVRLittleEndian.UID]),
            new(3, DicomUID.Verification.UID, [DicomUID.ExplicitVRLittleEndian.UID, DicomUID.ImplicitVRLittleEndian.UID]) { Roles = (true, true) },
        ],
    };

    private static DimseCommand Store()
    {
        var command = DimseCommand.Request(CommandField.StoreRequest, 1, DicomUID.SecondaryCaptureImageStorage.UID, hasDataset: true);
        command.Dataset.Add(DicomTag.AffectedSOPInstanceUID, "1.2.3.4");
        return command;
    }

    /// <summary>All that a peer sends to store one object, in one piece.</summary>
    private static byte[] Call()
    {
        using var recorded = new MemoryStream();
        recorded.Write(Request().Encode(PduType.AssociateRequest));
        var file = OwnFrames.File(DicomTransferSyntax.ExplicitVRLittleEndian);
        using var dataset = new MemoryStream(file[(int)FileHead.Read(file).DatasetOffset..]);
        new DimseConnection(new PduConnection(recorded, 16384), 256, Soon).SendAsync(1, Store(), dataset, default).AsTask().GetAwaiter().GetResult();
        recorded.Write(DicomAssociation.Unit(PduType.ReleaseRequest));
        return recorded.ToArray();
    }

    private static void Serve(byte[] bytes)
    {
        var served = new ServedAssociation(new PduConnection(new OneWay(bytes), 256 * 1024), new() { AeTitle = "NODE", Flush = false }, new Nowhere(), IPAddress.Loopback, 1, isTooMany: false);
        served.RunAsync(default).GetAwaiter().GetResult();
    }

    private static void ReadParts(byte[] bytes)
    {
        var reader = new MultipartReader(new MemoryStream(bytes), Boundary, Soon);
        while (reader.NextAsync(default).GetAwaiter().GetResult())
            reader.ReadAsync(_ => { }, 1 << 20, default).GetAwaiter().GetResult();
    }

    /// <summary>Takes every object and keeps none.</summary>
    private sealed class Nowhere : IObjectSink
    {
        public string TemporaryFolder { get; } = Path.GetTempPath();

        public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation) => ValueTask.FromResult(DicomStatus.Success);
    }

    /// <summary>Gives its bytes and takes anything.</summary>
    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
