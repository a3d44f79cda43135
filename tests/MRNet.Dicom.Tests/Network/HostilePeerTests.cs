using System.Buffers.Binary;
using System.Net;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Tests.Network;

/// <summary>What a peer may send to hurt: our own errors only, soon, and without much memory. Mutants of what peers send are in FuzzTests.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_call_as_it_should_be_is_served()
    {
        Assert.Null(await ServeAsync(await CallAsync()));

        Assert.Equal(["1.2.3.4.dcm"], folder.Files);
    }

    [Fact]
    public void An_acceptance_keeps_its_contexts_and_roles()
    {
        var accepted = AssociationUnit.ParseAccept(Request().Encode(PduType.AssociateAccept).AsSpan(6), Request());

        Assert.All(accepted.Contexts, context => Assert.True(context.IsAccepted));
        Assert.Equal((true, true), accepted.Contexts[1].Roles);
    }

    [Theory]
    [InlineData(1, 0xFFFFFFFF)]
    [InlineData(1, 0x7FFFFFFF)]
    [InlineData(4, 0x80000000)]
    [InlineData(4, 300_000)]
    [InlineData(7, 5)]
    public async Task A_unit_that_announces_more_than_the_limit_is_refused_before_memory_is_taken(int type, uint length)
    {
        var unit = new byte[64];
        unit[0] = (byte)type;
        BinaryPrimitives.WriteUInt32BigEndian(unit.AsSpan(2), length);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = await ServeAsync(type == 1 ? unit : [.. Request().Encode(PduType.AssociateRequest), .. unit]);

        Assert.Contains($"announces {length} bytes", Assert.IsType<DicomNetworkException>(error).Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
    }

    [Theory]
    [InlineData(0xFFFFFFFF, 3)]
    [InlineData(1, 3)]
    [InlineData(2, 0)] // empty and not the last: could go on for ever
    public async Task A_fragment_that_lies_about_its_length_breaks_the_association(uint length, int flags)
    {
        var unit = new byte[] { 4, 0, 0, 0, 0, 8, 0, 0, 0, 0, 1, (byte)flags, 0, 0 };
        BinaryPrimitives.WriteUInt32BigEndian(unit.AsSpan(6), length);

        var error = await ServeAsync([.. Request().Encode(PduType.AssociateRequest), .. unit]);

        Assert.StartsWith("The peer breaks the protocol", Assert.IsType<DicomNetworkException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_never_ends_is_refused()
    {
        var piece = new byte[12 + 1000];
        piece[0] = 4;
        BinaryPrimitives.WriteUInt32BigEndian(piece.AsSpan(2), (uint)piece.Length - 6);
        BinaryPrimitives.WriteUInt32BigEndian(piece.AsSpan(6), (uint)piece.Length - 10);
        (piece[10], piece[11]) = (1, 1);

        var error = await ServeAsync([.. Request().Encode(PduType.AssociateRequest), .. Enumerable.Repeat(piece, 100).SelectMany(bytes => bytes)]);

        Assert.Contains("a command of more than 65536 bytes", Assert.IsType<DicomNetworkException>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_from_outside_never_becomes_a_path()
    {
        var command = Store();
        command.Dataset.AddOrUpdate(new DicomElement(DicomTag.AffectedSOPInstanceUID, DicomVR.UI, "../../evil"u8.ToArray()));

        Assert.Null(await ServeAsync(await CallAsync(command)));

        Assert.Empty(folder.Files);
    }

    /// <summary>All that a peer sends to store one object, in one piece.</summary>
    private static async Task<byte[]> CallAsync(DimseCommand? command = null)
    {
        using var recorded = new MemoryStream();
        recorded.Write(Request().Encode(PduType.AssociateRequest));
        using var dataset = new MemoryStream(Wire.DatasetOf(Wire.Object().OpenFile()));
        await new DimseConnection(new PduConnection(recorded, 16384), 256, TimeSpan.FromSeconds(5)).SendAsync(1, command ?? Store(), dataset, default);
        recorded.Write(DicomAssociation.Unit(PduType.ReleaseRequest));
        return recorded.ToArray();
    }

    private static DimseCommand Store()
    {
        var command = DimseCommand.Request(CommandField.StoreRequest, 1, DicomUID.SecondaryCaptureImageStorage.UID, hasDataset: true);
        command.Dataset.Add(DicomTag.AffectedSOPInstanceUID, "1.2.3.4");
        return command;
    }

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

    private async Task<Exception?> ServeAsync(byte[] bytes)
    {
        await using var pdus = new PduConnection(new OneWay(bytes), 256 * 1024);
        try
        {
            await new ServedAssociation(pdus, Wire.Options, new FolderSink(folder.Path), IPAddress.Loopback, 1, isTooMany: false).RunAsync(default);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }

    /// <summary>Gives its bytes and takes anything.</summary>
    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
