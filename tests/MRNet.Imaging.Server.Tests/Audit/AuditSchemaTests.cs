using System.Reflection;
using System.Xml.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Audit;

public sealed class AuditSchemaTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    /// <summary>With an argument for each parameter, so that a new event is checked without being named here.</summary>
    [Fact]
    public void Every_event_is_a_valid_message()
    {
        var trail = AuditTrail.Of(RunningServer.Options(folder["data"]) with { Audit = new() { File = folder["audit.log"] } }, new DiskFileSystem(), Some.Clock(), NullLogger.Instance);
        var events = typeof(AuditTrail).GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(method => method.ReturnType == typeof(void)).ToList();

        foreach (var said in events)
            said.Invoke(trail, [.. said.GetParameters().Select(Argument)]);

        var messages = File.ReadAllLines(folder["audit.log"]).Select(XElement.Parse).ToList();
        Assert.Equal(events.Count, messages.Count);
        Assert.InRange(events.Count, 16, 100);
        Assert.All(messages, message => Assert.Empty(AuditSchema.FaultsOf(message)));
    }

    [Theory]
    [InlineData("<ParticipantObjectName>call</ParticipantObjectName>", "")]
    [InlineData("UserID=", "UserId=")]
    [InlineData("EventActionCode=\"E\"", "EventActionCode=\"X\"")]
    [InlineData("EventOutcomeIndicator=\"4\"", "EventOutcomeIndicator=\"5\"")]
    [InlineData("<AuditSourceIdentification AuditSourceID=\"mrnet\" />", "")]
    [InlineData("csd-code=\"110113\"", "code=\"110113\"")]
    public void The_check_notices_what_the_schema_does_not_allow(string right, string wrong)
    {
        AuditTrail.Of(RunningServer.Options(folder["data"]) with { Audit = new() { File = folder["audit.log"] } }, new DiskFileSystem(), Some.Clock(), NullLogger.Instance)
            .Refused(Caller.Anyone, "127.0.0.1", "/dicom-web/studies");
        var message = File.ReadAllText(folder["audit.log"]);

        Assert.Contains(right, message, StringComparison.Ordinal);
        Assert.NotEmpty(AuditSchema.FaultsOf(XElement.Parse(message.Replace(right, wrong, StringComparison.Ordinal))));
    }

    private static object Argument(ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => $"some {parameter.Name}",
        var type when type == typeof(Caller) => new Caller("Anna", "key:anna", [Role.Viewer]),
        var type when type == typeof(AuditOutcome) => AuditOutcome.MinorFailure,
        var type when type == typeof(IReadOnlyCollection<string>) => new[] { "one", "two" },
        var type => throw new NotSupportedException($"{parameter.Member.Name} takes a {type.Name}: say here what it is."),
    };
}
