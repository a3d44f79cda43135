using MRNet.Dicom.Network;

namespace MRNet.Dicom.Tests.Network;

public sealed class StoreTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<string> Encodings =>
    [
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.70",
    ];

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task An_object_arrives_byte_for_byte_in_its_own_encoding(string uid)
    {
        var item = Wire.Object(syntax: DicomTransferSyntax.Parse(uid));
        await using var listener = DicomListener.Start(Wire.Options, new FolderSink(folder.Path));

        var sent = await SendAsync(listener.Peer(), item);

        Assert.Equal(DicomStatus.Success, Assert.Single(sent).Status);
        Assert.Equal(["1.2.3.4.dcm"], folder.Files);
        Assert.Equal(Wire.DatasetOf(item.OpenFile()), Wire.DatasetOf(File.OpenRead(folder["1.2.3.4.dcm"])));
        Assert.Equal(uid, DicomFile.Open(folder["1.2.3.4.dcm"]).FileMetaInfo.TransferSyntax.UID.UID);
    }

    [Fact]
    public async Task Several_objects_of_several_classes_travel_in_one_association()
    {
        OutgoingObject[] items = [Wire.Object("1.1"), Wire.Object("1.2", sopClass: DicomUID.SegmentationStorage.UID), Wire.Object("1.3", DicomTransferSyntax.RLELossless), Wire.Object("1.4", size: 1200)];
        var callers = new HashSet<long>();
        await using var listener = DicomListener.Start(Wire.Options, new FolderSink(folder.Path, taken => callers.Add(taken.From.Association)));

        var sent = await SendAsync(listener.Peer(), items);

        Assert.All(sent, result => Assert.Equal(DicomStatus.Success, result.Status));
        Assert.Equal(["1.1.dcm", "1.2.dcm", "1.3.dcm", "1.4.dcm"], folder.Files);
        Assert.Single(callers);
    }

    [Fact]
    public async Task More_classes_than_one_association_holds_are_parted()
    {
        string[] classes = [.. new[] { "1", "2", "4", "7", "12.1", "20", "88.11", "88.22", "88.33", "104.1", "128", "481.1", "481.2", "481.3", "481.5", "66", "66.1", "66.2", "66.4", "66.7", "30", "77.1.4", "77.1.5.1", "77.1.5.2" }.Select(part => "1.2.840.10008.5.1.4.1.1." + part)];
        DicomTransferSyntax[] syntaxes = [DicomTransferSyntax.ExplicitVRLittleEndian, DicomTransferSyntax.DeflatedExplicitVRLittleEndian, DicomTransferSyntax.RLELossless, DicomTransferSyntax.JPEGProcess14SV1, DicomTransferSyntax.DeflatedImageFrame];
        var items = classes.SelectMany((name, c) => syntaxes.Select((syntax, s) => Wire.Object($"1.{c}.{s}", syntax, name, size: 8))).ToArray();
        var callers = new HashSet<long>();
        await using var listener = DicomListener.Start(Wire.Options, new FolderSink(folder.Path, taken => callers.Add(taken.From.Association)));

        var sent = await SendAsync(listener.Peer(), items);

        Assert.All(sent, result => Assert.Equal(DicomStatus.Success, result.Status));
        Assert.Equal(items.Length, folder.Files.Length);
        Assert.Equal(2, callers.Count);
    }

    [Theory]
    [InlineData(false, 0x0122)]
    [InlineData(true, 0x0000)]
    public async Task Unknown_classes_are_taken_only_when_asked(bool promiscuous, int status)
    {
        await using var listener = DicomListener.Start(Wire.Options with { Promiscuous = promiscuous }, new FolderSink(folder.Path));

        var sent = await SendAsync(listener.Peer(), Wire.Object(sopClass: "1.2.3.999"));

        Assert.Equal(status, Assert.Single(sent).Status.Code);
        Assert.Equal(promiscuous ? 1 : 0, folder.Files.Length);
    }

    [Fact]
    public async Task What_the_sink_answers_is_what_the_sender_is_told()
    {
        await using var listener = DicomListener.Start(Wire.Options, new Refusing(folder.Path));

        var status = Assert.Single(await SendAsync(listener.Peer(), Wire.Object())).Status;

        Assert.Equal(new(0xA900, "not for us"), status);
        Assert.False(status.IsStored | status.IsTransient);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public async Task A_full_disk_is_out_of_resources_and_the_association_goes_on()
    {
        await using var listener = DicomListener.Start(Wire.Options, new FolderSink(folder["absent"]));

        var sent = await SendAsync(listener.Peer(), Wire.Object("1.1"), Wire.Object("1.2"));

        Assert.All(sent, result => Assert.True(result.Status is { Code: 0xA700, IsTransient: true }));
        Assert.Equal(2, sent.Count);
    }

    [Fact]
    public async Task An_object_beyond_the_limit_breaks_the_association_and_leaves_nothing()
    {
        await using var listener = DicomListener.Start(Wire.Options with { MaximumObjectBytes = 10_000 }, new FolderSink(folder.Path));

        await Assert.ThrowsAsync<DicomNetworkException>(() => SendAsync(listener.Peer(), Wire.Object(size: 2000)));

        while (listener.Connections > 0)
            await Task.Delay(10);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void A_file_that_is_no_DICOM_is_refused_by_name()
    {
        File.WriteAllText(folder["a.txt"], "hello");

        Assert.StartsWith("a.txt: ", Assert.Throws<DicomFileException>(() => OutgoingObject.FromFile(folder["a.txt"])).Message, StringComparison.Ordinal);
        Assert.StartsWith("b.dcm: ", Assert.Throws<DicomFileException>(() => OutgoingObject.FromFile(folder["b.dcm"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x0000, true, false)]
    [InlineData(0xB000, true, false)]
    [InlineData(0x0111, true, false)]
    [InlineData(0xA700, false, true)]
    [InlineData(0x0110, false, true)]
    [InlineData(0xA900, false, false)]
    [InlineData(0xC000, false, false)]
    [InlineData(0x0122, false, false)]
    public void Statuses_are_told_apart(int code, bool isStored, bool isTransient)
    {
        var status = new DicomStatus((ushort)code);

        Assert.Equal((isStored, isTransient), (status.IsStored, status.IsTransient));
    }

    private static async Task<List<SendResult>> SendAsync(DicomPeer peer, params OutgoingObject[] items)
    {
        var results = new List<SendResult>();
        await foreach (var result in DicomSender.SendAsync(peer, items, Wire.Caller))
            results.Add(result);
        return results;
    }

    private sealed class Refusing(string folder) : IObjectSink
    {
        public string TemporaryFolder => folder;

        public ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation) => ValueTask.FromResult(new DicomStatus(0xA900, "not for us"));
    }
}
