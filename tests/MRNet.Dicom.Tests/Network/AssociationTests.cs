using System.Net.Sockets;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Tests.Network;

public sealed class AssociationTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_listener_answers_an_echo()
    {
        await using var listener = Listen(Wire.Options);

        Assert.Equal(DicomStatus.Success, await EchoAsync(listener.Peer()));
    }

    [Fact]
    public async Task Another_title_is_refused()
    {
        await using var listener = Listen(Wire.Options);

        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => EchoAsync(listener.Peer() with { AeTitle = "OTHER" }));

        Assert.Contains("another AE title", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsTransient);
    }

    [Theory]
    [InlineData("CALLER", true)]
    [InlineData("*@127.0.0.0/8", true)]
    [InlineData("CALLER@127.0.0.1", true)]
    [InlineData("CALLER@10.0.0.1", false)]
    [InlineData("SOMEBODY", false)]
    public async Task Only_callers_on_the_list_are_taken(string rule, bool isTaken)
    {
        await using var listener = Listen(Wire.Options with { Callers = [CallerRule.Parse(rule)] });

        if (isTaken)
            Assert.Equal(DicomStatus.Success, await EchoAsync(listener.Peer()));
        else
            Assert.Contains("does not know our AE title", (await Assert.ThrowsAsync<DicomNetworkException>(() => EchoAsync(listener.Peer()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Associations_beyond_the_limit_are_told_to_come_again()
    {
        await using var listener = Listen(Wire.Options with { MaximumAssociations = 1 });
        await using (await ConnectAsync(listener.Peer()))
        {
            var error = await Assert.ThrowsAsync<DicomNetworkException>(() => EchoAsync(listener.Peer()));
            Assert.True(error.IsTransient, error.Message);
        }

        while (listener.Connections > 0)
            await Task.Delay(10);
        Assert.Equal(DicomStatus.Success, await EchoAsync(listener.Peer()));
    }

    [Fact]
    public async Task Many_associations_at_once_are_served()
    {
        await using var listener = Listen(Wire.Options);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => EchoAsync(listener.Peer())));

        Assert.All(answers, status => Assert.Equal(DicomStatus.Success, status));
    }

    [Fact]
    public async Task Nobody_there_is_said_and_may_pass()
    {
        var free = new TcpListener(System.Net.IPAddress.Loopback, 0);
        free.Start();
        var port = ((System.Net.IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();

        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => EchoAsync(new("NODE", "127.0.0.1", port)));

        Assert.StartsWith("The peer cannot be reached", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task A_peer_that_speaks_HTTP_is_named_so()
    {
        using var web = new TcpListener(System.Net.IPAddress.Loopback, 0);
        web.Start();
        var answering = Task.Run(async () =>
        {
            using var client = await web.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        });

        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => EchoAsync(new("NODE", "127.0.0.1", ((System.Net.IPEndPoint)web.LocalEndpoint).Port)));
        await answering;

        Assert.Contains("HTTP", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_that_says_nothing_is_given_up()
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var peer = new DicomPeer("NODE", "127.0.0.1", ((System.Net.IPEndPoint)silent.LocalEndpoint).Port);

        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => DicomAssociation.ConnectAsync(peer, [Echo], Wire.Caller with { AssociationTimeout = TimeSpan.FromMilliseconds(200) }));

        Assert.Contains("does not answer within 0.2 s", error.Message, StringComparison.Ordinal);
        Assert.True(error.IsTransient);
    }

    [Fact]
    public async Task A_caller_that_says_nothing_is_dropped()
    {
        var notes = new List<string>();
        await using var listener = Listen(Wire.Options with { AssociationTimeout = TimeSpan.FromMilliseconds(200), Note = notes.Add });
        using var client = new TcpClient("127.0.0.1", listener.Port);

        var bytes = new byte[16];
        Assert.Equal(10, await client.GetStream().ReadAtLeastAsync(bytes, 10)); // A-ABORT
        Assert.Equal(7, bytes[0]);
        Assert.Equal(0, await client.GetStream().ReadAsync(bytes));
    }

    [Theory]
    [InlineData("NODE@10.0.0.1:104", "NODE", "10.0.0.1", 104)]
    [InlineData("MY NODE@pacs.example", "MY NODE", "pacs.example", 11112)]
    [InlineData("NODE@[::1]:11113", "NODE", "::1", 11113)]
    public void A_peer_is_read(string text, string title, string host, int port)
    {
        Assert.True(DicomPeer.TryParse(text, out var peer));
        Assert.Equal(new DicomPeer(title, host, port), peer);
    }

    [Theory]
    [InlineData("pacs:104")]
    [InlineData("@pacs:104")]
    [InlineData("A-TITLE-THAT-IS-TOO-LONG@pacs")]
    [InlineData("NODE@pacs:0")]
    [InlineData("NODE@pacs:port")]
    [InlineData("NODE@")]
    public void What_is_no_peer_is_refused(string text) => Assert.False(DicomPeer.TryParse(text, out _));

    private static ProposedContext Echo => new(DicomUID.Verification.UID, [DicomTransferSyntax.ImplicitVRLittleEndian]);

    private DicomListener Listen(DicomListenerOptions options) => DicomListener.Start(options, new FolderSink(folder.Path));

    private static Task<DicomAssociation> ConnectAsync(DicomPeer peer) => DicomAssociation.ConnectAsync(peer, [Echo], Wire.Caller);

    private static async Task<DicomStatus> EchoAsync(DicomPeer peer)
    {
        await using var association = await ConnectAsync(peer);
        return await association.EchoAsync();
    }
}
