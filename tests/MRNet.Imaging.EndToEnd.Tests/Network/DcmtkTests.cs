using System.Globalization;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.EndToEnd.Tests.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>DCMTK's programs on the other end, plain and over TLS.</summary>
[Trait("Category", "Interop")]
public sealed class DcmtkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly int port = FreePort.One();

    public void Dispose() => folder.Dispose();

    private DicomPeer Peer => new("STORESCP", "127.0.0.1", port);

    [Fact]
    public async Task Storescp_takes_what_we_send()
    {
        var objects = Objects.Study(folder);
        using var peer = await StorescpAsync();

        var sent = await Objects.SendAsync(Peer, objects);

        Assert.All(sent, result => Assert.Equal(DicomStatus.Success, result.Status));
        Assert.Equal(objects.Length, Directory.GetFiles(folder["in"]).Length);
    }

    [Fact]
    public async Task Storescp_that_knows_only_the_implicit_encoding_gets_it_with_the_same_values()
    {
        var objects = Objects.Study(folder);
        using var peer = await StorescpAsync("+xi");

        var sent = await Objects.SendAsync(Peer, objects);

        Assert.All(sent, result => Assert.Equal(DicomStatus.Success, result.Status));
        Assert.All(Directory.GetFiles(folder["in"]), file => Assert.Equal(DicomTransferSyntax.ImplicitVRLittleEndian, DicomFile.Open(file).FileMetaInfo.TransferSyntax));
        Objects.AssertSameValues(objects, Directory.GetFiles(folder["in"]));
    }

    [Fact]
    public async Task Storescp_that_does_not_take_the_encoding_is_not_sent_another()
    {
        var dataset = DicomTranscoder.Transcode(DicomFile.Open(Objects.Study(folder)[0].OpenFile()).Dataset, DicomTransferSyntax.RLELossless);
        using var peer = await StorescpAsync("+xe");

        var status = Assert.Single(await Objects.SendAsync(Peer, [OutgoingObject.FromFile(new DicomFile(dataset))])).Status;

        Assert.Equal(0x0122, status.Code);
        Assert.Contains("but not in RLE Lossless", status.Comment, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--refuse", "refuses the association", false)]
    [InlineData("--abort-after", "aborted|closed", true)]
    [InlineData("--abort-during", "aborted|closed|broke", true)]
    public async Task A_peer_that_refuses_or_breaks_off_is_told_so(string option, string says, bool isTransient)
    {
        var objects = Objects.Study(folder);
        using var peer = await StorescpAsync(option);

        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => Objects.SendAsync(Peer, objects));

        Assert.Matches(says, error.Message);
        Assert.Equal(isTransient, error.IsTransient);
    }

    [Fact]
    public async Task Storescu_and_echoscu_are_served()
    {
        var objects = Objects.Study(folder);
        var into = Directory.CreateDirectory(folder["in"]).FullName;
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = port }, new FolderSink(into));

        Run("echoscu", "-aec", "NODE", "127.0.0.1", Port);
        Run("storescu", ["-R", "-aec", "NODE", "127.0.0.1", Port, .. objects.Select(item => Path.Combine(folder[item.SopClass == DicomUID.CTImageStorage.UID ? "ct" : "results"], item.Name))]);

        Objects.AssertSame(objects.Where(item => item.SopClass == DicomUID.CTImageStorage.UID), into);
        Assert.Equal(objects.Length, Directory.GetFiles(into).Length);
    }

    [Fact]
    public async Task Dcmqrscp_is_searched_and_gives_by_C_GET_and_C_MOVE()
    {
        var (objects, ours) = (Objects.Study(folder), FreePort.One());
        Directory.CreateDirectory(folder["qr"]);
        File.WriteAllText(folder["qr.cfg"], $"""
            NetworkTCPPort = {Port}
            MaxPDUSize = 16384
            MaxAssociations = 16
            HostTable BEGIN
            us = (MRNET, 127.0.0.1, {ours})
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            ARCHIVE {folder["qr"]} RW (200, 1024mb) ANY
            AETable END

            """);
        using var process = await PeerProcess.StartAsync("dcmtk", port, "dcmqrscp", "-c", folder["qr.cfg"]);
        var peer = Peer with { AeTitle = "ARCHIVE" };
        Assert.All(await Objects.SendAsync(peer, objects), result => Assert.Equal(DicomStatus.Success, result.Status));
        var query = Objects.Query("STUDY", DicomFile.Open(objects[0].OpenFile()));

        await using (var association = await DicomAssociation.ConnectAsync(peer, DicomAssociation.GetContexts([.. objects.Select(item => item.SopClass).Distinct()]), Objects.Us))
            Assert.Equal(objects.Length, (await association.GetAsync(query, new FolderSink(Directory.CreateDirectory(folder["get"]).FullName))).Counts.Completed);
        Objects.AssertSameValues(objects, Directory.GetFiles(folder["get"])); // it chooses implicit

        var into = Directory.CreateDirectory(folder["move"]).FullName;
        await using var listener = DicomListener.Start(new() { AeTitle = "MRNET", Port = ours }, new FolderSink(into));
        await using (var association = await DicomAssociation.ConnectAsync(peer, [DicomAssociation.MoveContext, DicomAssociation.FindContext], Objects.Us))
        {
            var series = Objects.Query("SERIES", DicomFile.Open(objects[0].OpenFile()));
            DicomFile.Open(objects[0].OpenFile()).Dataset.CopyTo(series, DicomTag.SeriesInstanceUID); // it moves no Parametric Maps
            Assert.Equal(DicomStatus.Success, (await association.MoveAsync(series, "MRNET")).Status);
            await foreach (var match in association.FindAsync(new DicomDataset().Add(DicomTag.QueryRetrieveLevel, "STUDY").Add(DicomTag.StudyInstanceUID)))
                Assert.Equal(query.GetString(DicomTag.StudyInstanceUID), match.GetString(DicomTag.StudyInstanceUID));
        }

        Assert.Equal(objects.Count(item => item.SopClass == DicomUID.CTImageStorage.UID), Directory.GetFiles(into).Length);
    }

    [Fact]
    public async Task Storescp_is_reached_over_TLS_with_certificates_of_both()
    {
        var certificates = new Certificates(folder["tls"]);
        var (theirs, ours) = (certificates.Sign("localhost"), certificates.Sign("mrnet"));
        var objects = Objects.Study(folder);
        using var peer = await StorescpAsync("+tls", theirs.Key, theirs.Certificate, "+cf", certificates.Authority, "-rc");
        var tls = new TlsSettings { AuthorityFile = certificates.Authority, CertificateFile = ours.Certificate, KeyFile = ours.Key };

        Assert.All(await Objects.SendAsync(Peer, objects, Objects.Us with { Tls = tls }), result => Assert.Equal(DicomStatus.Success, result.Status));

        var other = new Certificates(folder["other"]);
        var distrusted = await Assert.ThrowsAsync<DicomNetworkException>(() => Objects.SendAsync(Peer, objects, Objects.Us with { Tls = tls with { AuthorityFile = other.Authority } }));
        Assert.Contains("TLS did not come about", distrusted.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DicomNetworkException>(() => Objects.SendAsync(Peer with { Host = "127.0.0.1" }, objects, Objects.Us with { Tls = tls with { PeerName = "elsewhere" } }));
        await Assert.ThrowsAsync<DicomNetworkException>(() => Objects.SendAsync(Peer, objects, Objects.Us with { AssociationTimeout = TimeSpan.FromSeconds(2) })); // plain
    }

    [Fact]
    public async Task Storescu_reaches_us_over_TLS_and_only_with_a_certificate_we_trust()
    {
        var certificates = new Certificates(folder["tls"]);
        var (ours, theirs, strangers) = (certificates.Sign("localhost"), certificates.Sign("storescu"), new Certificates(folder["other"]).Sign("stranger"));
        var file = Path.Combine(folder["ct"], Objects.Study(folder).First(item => item.SopClass == DicomUID.CTImageStorage.UID).Name);
        var into = Directory.CreateDirectory(folder["in"]).FullName;
        var tls = new TlsSettings { AuthorityFile = certificates.Authority, CertificateFile = ours.Certificate, KeyFile = ours.Key };
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = port, Tls = tls }, new FolderSink(into));

        Run("storescu", "+tls", theirs.Key, theirs.Certificate, "+cf", certificates.Authority, "-aec", "NODE", "127.0.0.1", Port, file);
        Assert.Single(Directory.GetFiles(into));

        foreach (var file2 in Directory.GetFiles(into))
            File.Delete(file2);
        Assert.NotEqual(0, Tools.Run("storescu", ["+tls", strangers.Key, strangers.Certificate, "+cf", certificates.Authority, "-aec", "NODE", "127.0.0.1", Port, file]).Code);
        Assert.NotEqual(0, Tools.Run("storescu", ["-aec", "NODE", "-ta", "3", "127.0.0.1", Port, file]).Code); // plain
        Assert.Empty(Directory.GetFiles(into));
    }

    private string Port => port.ToString(CultureInfo.InvariantCulture);

    private Task<PeerProcess> StorescpAsync(params string[] options) =>
        PeerProcess.StartAsync("dcmtk", port, "storescp", [.. options, "-od", Directory.CreateDirectory(folder["in"]).FullName, "-aet", "STORESCP", Port]);

    private static void Run(string program, params string[] arguments)
    {
        var (code, text) = Tools.Run(program, arguments);
        Assert.SkipWhen(code == Tools.Absent, $"No {program} (Debian: dcmtk).");
        Assert.True(code == 0, text);
    }
}
