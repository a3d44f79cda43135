using System.Text.RegularExpressions;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>What README.md and docs/ show can be typed.</summary>
public sealed partial class ReadmeTests
{
    public static TheoryData<string> Commands() =>
        [.. Pages().SelectMany(File.ReadLines).Where(line => CommandLine().IsMatch(line)).Select(line => CommandLine().Replace(line, "")).Distinct()];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_that_is_shown_parses(string command) =>
        Assert.Empty(Imaging.Cli.Mrnet.Root().Parse(command).Errors);

    [Fact]
    public void The_pages_show_commands() => Assert.True(Commands().Count > 8);

    private static string[] Pages() => [Path.Combine(Repository.Root, "README.md"), .. Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md")];

    [GeneratedRegex("^(mrnet |dotnet run .*MRNet.Imaging.Cli -- )")]
    private static partial Regex CommandLine();
}
