using System.Text.Json;
using System.Text.RegularExpressions;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Settings;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>
/// What containers, clusters and service managers are given in deploy/ is what mrnet takes. Whether they take it themselves
/// is not tried here, but for systemd; deploy/nats.conf runs in MRNet.Imaging.Nats.Tests.
/// </summary>
public sealed partial class DeployFilesTests : IDisposable
{
    private static readonly string Deploy = Path.Combine(Repository.Root, "deploy");

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Files() =>
        ["Dockerfile", "compose.yaml", "mrnet.service", "kubernetes/front.yaml", "kubernetes/nats.yaml", "kubernetes/worker.yaml"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_command_parses(string file) =>
        Assert.Empty(Commands(file).SelectMany(command => Imaging.Cli.Mrnet.Root().Parse(command).Errors.Select(error => $"{string.Join(' ', command)}: {error.Message}")));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_variable_is_a_setting_with_a_value_that_it_takes(string file)
    {
        var variables = Variable().Matches(Text(file));

        Assert.All(variables, variable => ServerSettings.Read(new SettingsSource(
            new Dictionary<string, string?> { [variable.Groups[1].Value.Replace("__", ":", StringComparison.Ordinal)] = variable.Groups[2].Value }, key => key)));
        Assert.Equal(file == "kubernetes/nats.yaml", variables.Count == 0);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_port_is_one_that_somebody_listens_on(string file)
    {
        var ports = Port().Matches(Text(file)).Select(match => int.Parse(match.Groups[1].Value)).ToHashSet();
        var nats = int.Parse(Port().Match(Text("nats.conf")).Groups[1].Value);

        Assert.Subset(new HashSet<int> { new ServerOptions().Port, new ServerOptions().Port + 1, nats }, ports);
    }

    [Fact]
    public void The_same_image_is_named_everywhere() => Assert.All(
        Files().SelectMany(file => Image().Matches(Text(file.Data))).Select(match => match.Groups[1].Value).Distinct().GroupBy(image => image.Split(':')[0]),
        versions => Assert.Single(versions));

    [Fact]
    public void There_are_commands_to_look_at() => Assert.True(Files().Sum(file => Commands(file.Data).Count()) >= 8);

    [Fact]
    public void Systemd_takes_the_unit()
    {
        var analyze = Shell("command -v systemd-analyze");
        Assert.SkipWhen(analyze.ExitCode != 0, "systemd is not installed.");
        File.WriteAllText(folder["mrnet.service"], Text("mrnet.service").Replace("/opt/mrnet/mrnet", Executable, StringComparison.Ordinal));

        var run = Shell($"systemd-analyze verify --man=no '{folder["mrnet.service"]}'");

        Assert.Equal((0, "", ""), (run.ExitCode, run.Output, run.Error));
    }

    private static string Text(string file) => File.ReadAllText(Path.Combine(Deploy, file));

    /// <summary>Of mrnet, in lists and in comments; nats-server's begin with an option.</summary>
    private static IEnumerable<string[]> Commands(string file) =>
        [.. List().Matches(Text(file)).Select(match => JsonSerializer.Deserialize<string[]>(match.Groups[1].Value)!).Where(list => list[0][0] != '-'),
            .. Line().Matches(Text(file)).Select(match => match.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries))];

    [GeneratedRegex("(?:command: |args: |CMD )(\\[\".+\\])")]
    private static partial Regex List();

    [GeneratedRegex(@"(?:mrnet|front) ((?:serve|work|keys|verify) [^.\n]*(?:\.\w[^.\n]*)*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("MRNET__(\\w+)(?:: |, value: |=)\"?([^\\s\"})]+)")]
    private static partial Regex Variable();

    [GeneratedRegex("(?:[pP]ort: |listen: \"0.0.0.0:|127.0.0.1:|nats:|ports: \\[\"|-p |EXPOSE )(\\d{4,5})")]
    private static partial Regex Port();

    [GeneratedRegex(" image: (\\S+)")]
    private static partial Regex Image();
}
