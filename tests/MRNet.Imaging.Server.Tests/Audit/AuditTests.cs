using System.Xml.Linq;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Audit;

public sealed class AuditTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_event_is_one_line_of_xml_with_who_what_and_when()
    {
        Trail(new DiskFileSystem()).KeyChanged("root", "anna", "key added");
        var message = XElement.Parse(File.ReadAllLines(folder["audit.log"]).Single());

        Assert.Equal("AuditMessage", message.Name.LocalName);
        Assert.Equal(["EventIdentification", "ActiveParticipant", "ActiveParticipant", "AuditSourceIdentification", "ParticipantObjectIdentification"], message.Elements().Select(part => part.Name.LocalName));
        var said = message.Element("EventIdentification")!;
        Assert.Equal(("E", "2026-05-04T12:00:00.000+00:00", "0"), ((string?)said.Attribute("EventActionCode"), (string?)said.Attribute("EventDateTime"), (string?)said.Attribute("EventOutcomeIndicator")));
        Assert.Equal(("110113", "DCM", "Security Alert"), ((string?)said.Element("EventID")!.Attribute("csd-code"), (string?)said.Element("EventID")!.Attribute("codeSystemName"), (string?)said.Element("EventID")!.Attribute("originalText")));
        Assert.Equal("anna", (string?)message.Element("ParticipantObjectIdentification")!.Attribute("ParticipantObjectID"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder["audit.log"]));
    }

    [Fact]
    public void What_a_full_disk_did_not_take_is_written_later_in_its_order()
    {
        var trail = Trail(new FaultyFileSystem(4)); // folder, append, folder, append
        trail.KeyChanged("root", "first", "key added");
        trail.KeyChanged("root", "second", "key added");
        Assert.Equal(1, trail.Pending);
        trail.KeyChanged("root", "third", "key added");

        Assert.Equal(0, trail.Pending);
        Assert.Equal(["first", "second", "third"], File.ReadAllLines(folder["audit.log"]).Select(line => (string?)XElement.Parse(line).Element("ParticipantObjectIdentification")!.Attribute("ParticipantObjectID")));
    }

    [Fact]
    public void Two_processes_write_one_trail_without_spoiling_each_others_lines()
    {
        var (one, other) = (Trail(new DiskFileSystem()), Trail(new DiskFileSystem()));

        Parallel.For(0, 60, i => (i % 2 == 0 ? one : other).KeyChanged("root", $"n{i}", "key added"));

        Assert.Equal(60, File.ReadAllLines(folder["audit.log"]).Select(XElement.Parse).Count());
    }

    [Fact]
    public async Task A_full_audit_disk_stops_new_jobs_where_the_trail_is_required_and_an_address_that_fails_too_often_waits()
    {
        if (!File.Exists("/dev/full"))
            Assert.Skip("This system has no /dev/full.");
        var key = KeyChanges.Add(folder["data"], "anna", "viewer", null, "test");
        await using var server = ServerApplication.Create(RunningServer.Options(folder["data"]) with
        {
            Audit = new() { Required = true, File = Linked("/dev/full") },
            Accounts = new() { FailuresPerMinute = 3 },
        });
        await server.StartAsync();
        var client = new Protocol.V1.Segmentation.SegmentationClient(GrpcChannel.ForAddress(server.Urls.First()));
        var job = new SegmentRequest { ModelId = "ct-lung-nodule", Source = new() { Folder = new() { Root = "samples", Path = "ct-nodule" } } };

        var refused = await CodeOfAsync(() => client.SubmitAsync(job, Bearer(key)));
        var listed = await client.ListAsync(new(), Bearer(key));
        StatusCode[] guesses = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CodeOfAsync(() => client.ListAsync(new(), Bearer(ApiKey.NewKey())))))];

        Assert.Equal(StatusCode.ResourceExhausted, refused);
        Assert.Empty(listed.Jobs);
        Assert.All(guesses, code => Assert.Equal(StatusCode.Unauthenticated, code));
        Assert.Equal(StatusCode.ResourceExhausted, await CodeOfAsync(() => client.ListAsync(new(), Bearer(key))));
        await server.StopAsync();
    }

    private string Linked(string target)
    {
        File.CreateSymbolicLink(folder["audit.log"], target);
        return folder["audit.log"];
    }

    private static Metadata Bearer(string key) => new() { { "authorization", $"Bearer {key}" } };

    private static async Task<StatusCode> CodeOfAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        try
        {
            await call();
            return StatusCode.OK;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }

    private AuditTrail Trail(IFileSystem files) =>
        AuditTrail.Of(RunningServer.Options(folder["data"]) with { Audit = new() { File = folder["audit.log"] } }, files, Some.Clock(), NullLogger.Instance);
}
