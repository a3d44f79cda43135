using System.Text.RegularExpressions;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary>What README.md shows can be typed.</summary>
public sealed partial class ReadmeTests
{
    public static TheoryData<string> Commands() =>
        [.. File.ReadLines(Path.Combine(Repository.Root, "README.md")).Where(line => CommandLine().IsMatch(line)).Select(line => CommandLine().Replace(line, ""))];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_command_of_the_readme_parses(string command) =>
        Assert.Empty(Imaging.Cli.Mrnet.Root().Parse(command).Errors);

    [Fact]
    public void The_readme_shows_commands() => Assert.True(Commands().Count > 8);

    [GeneratedRegex("^(mrnet |dotnet run .*MRNet.Imaging.Cli -- )")]
    private static partial Regex CommandLine();
}
