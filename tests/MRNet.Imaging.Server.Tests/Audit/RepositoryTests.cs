using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;
using MRNet.Imaging.Server.Tests.Security;

namespace MRNet.Imaging.Server.Tests.Audit;

/// <summary>The trail on its way to a repository over TLS.</summary>
public sealed class RepositoryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = new();
    private readonly int port = FreePort.One();

    public RepositoryTests() => File.WriteAllText(folder["ca.pem"], authority.Root.ExportCertificatePem());

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task While_the_repository_is_away_nothing_is_lost_also_over_a_restart_and_the_order_stays()
    {
        var (trail, forwarding) = Begin();
        await forwarding.StartAsync(CancellationToken.None);
        Say(trail, 0, 40);
        await forwarding.StopAsync(CancellationToken.None);
        Assert.Equal(40, trail.Unsent);

        var (again, forwards) = Begin(); // another process
        Say(again, 40, 80);
        KeyChanges.Add(folder["data"], "vera", "viewer", null, "test"); // and one beside it
        await forwards.StartAsync(CancellationToken.None);
        using var repository = new TestRepository(port, authority.Issue("repository"));
        await repository.HearsAsync(() => again.Unsent == 0);
        await forwards.StopAsync(CancellationToken.None);

        Assert.Equal([.. Enumerable.Range(0, 80).Select(i => $"n{i}"), "vera"], repository.Messages.Select(ObjectOf));
        Assert.Equal(0, again.Pending);
        Assert.Equal(0, new FileInfo(DataFolder.AuditSpoolOf(folder["data"])).Length);
    }

    [Fact]
    public void What_comes_while_the_spool_is_read_is_counted_once_and_sent_next()
    {
        var files = new FaultyFileSystem(failing: int.MaxValue);
        var spool = new AuditSpool(folder["spool"], files, NullLogger.Instance);
        spool.Write("first");
        files.BeforeReading = () => spool.Write("second");

        var batch = spool.Next(10);
        files.BeforeReading = null;
        Assert.Equal(["first"], batch.Messages);
        Assert.Equal(2, spool.Waiting);

        spool.Done(batch);
        Assert.Equal(1, spool.Waiting);
        Assert.Equal(["second"], spool.Next(10).Messages);
        Assert.Equal(1, spool.Waiting);
    }

    [Fact]
    public async Task What_a_dying_repository_may_not_have_kept_is_sent_again()
    {
        using var repository = new TestRepository(port, authority.Issue("repository"), breaksAfter: 10);
        var (trail, forwarding) = Begin();
        Say(trail, 0, 60);

        await forwarding.StartAsync(CancellationToken.None);
        await repository.HearsAsync(() => trail.Unsent == 0);
        await forwarding.StopAsync(CancellationToken.None);

        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"n{i}"), repository.Messages.Select(ObjectOf).Skip(10)); // the first ten twice
    }

    [Fact]
    public async Task A_repository_of_another_authority_is_told_nothing()
    {
        using var stranger = new TestAuthority("stranger");
        using var repository = new TestRepository(port, stranger.Issue("repository"));
        var (trail, forwarding) = Begin();
        Say(trail, 0, 1);

        await forwarding.StartAsync(CancellationToken.None);
        await Task.Delay(500);
        await forwarding.StopAsync(CancellationToken.None);

        Assert.Empty(repository.Messages);
        Assert.Equal(1, trail.Unsent);
    }

    [Fact]
    public async Task A_server_sends_its_start_and_its_stop_as_syslog_says()
    {
        using var repository = new TestRepository(port, authority.Issue("repository"));
        await using (var server = ServerApplication.Create(RunningServer.Options(folder["data"]) with { Audit = new() { Repository = Repository() } }))
        {
            await server.StartAsync();
            await server.StopAsync();
        }

        var (first, last) = (repository.Messages.First(), repository.Messages.Last());
        Assert.Matches(new Regex(@"^<85>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ mrnet \d+ DICOM\+RFC3881 - \uFEFF<AuditMessage>", RegexOptions.CultureInvariant), first);
        Assert.Equal(("110120", "110121"), (TypeOf(first), TypeOf(last)));
    }

    [Fact]
    public async Task An_absent_file_of_an_authority_stops_the_start()
    {
        File.Delete(folder["ca.pem"]);
        var (_, forwarding) = Begin();

        var error = await Assert.ThrowsAsync<InvalidImageException>(() => forwarding.StartAsync(CancellationToken.None));

        Assert.Contains("audit repository", error.Message, StringComparison.Ordinal);
    }

    private SyslogOptions Repository() => new() { Host = "localhost", Port = port, Authorities = folder["ca.pem"], Pause = TimeSpan.FromMilliseconds(20) };

    private (AuditTrail Trail, AuditForwarding Forwarding) Begin()
    {
        var options = RunningServer.Options(folder["data"]) with { Audit = new() { Repository = Repository() } };
        var trail = AuditTrail.Of(options, new DiskFileSystem(), Some.Clock(), NullLogger.Instance);
        return (trail, new(trail.Spool!, options.Audit.Repository, NullLogger<AuditForwarding>.Instance));
    }

    private static void Say(AuditTrail trail, int from, int to)
    {
        for (var i = from; i < to; i++)
            trail.KeyChanged("root", string.Create(CultureInfo.InvariantCulture, $"n{i}"), "key added");
    }

    private static XElement Xml(string message) => XElement.Parse(message[(message.IndexOf('\uFEFF') + 1)..]);

    private static string ObjectOf(string message) => (string)Xml(message).Element("ParticipantObjectIdentification")!.Attribute("ParticipantObjectID")!;

    private static string TypeOf(string message) => (string)Xml(message).Element("EventIdentification")!.Element("EventTypeCode")!.Attribute("csd-code")!;
}
