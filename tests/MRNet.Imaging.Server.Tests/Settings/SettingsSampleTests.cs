using System.Text.RegularExpressions;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Tests.Settings;

public sealed partial class SettingsSampleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void The_sample_in_deploy_has_every_setting_with_its_default()
    {
        var sample = Path.Combine(Repository.Root, "deploy", "mrnet.json");

        Assert.True(File.ReadAllText(sample) == SettingsSample.Write(new()), "deploy/mrnet.json is not what the options' classes say. To renew it: mrnet serve --print-config > deploy/mrnet.json");
    }

    [Fact]
    public void What_is_written_can_be_read_and_means_the_same()
    {
        var options = new ServerOptions { Port = 6000, Jobs = new() { Drain = TimeSpan.FromSeconds(5) }, Origins = ["http://a.test"] };
        File.WriteAllText(folder["mrnet.json"], SettingsSample.Write(options));

        Assert.Equivalent(options, ServerSettings.Read(SettingsSource.File(folder["mrnet.json"])), strict: true);
    }

    [Fact]
    public void Every_setting_has_a_meaning()
    {
        var lines = SettingsSample.Write(new()).Split('\n');

        Assert.DoesNotContain(lines.Zip(lines.Skip(1)), pair => pair.Second.TrimStart().StartsWith('"') && !pair.First.TrimStart().StartsWith("//", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.TrimStart().StartsWith("// (", StringComparison.Ordinal) || line.TrimEnd().EndsWith(": ", StringComparison.Ordinal));
    }

    /// <summary>A secret in a file that others read, or in what --print-config shows, is none.</summary>
    [Fact]
    public void A_secret_is_named_by_its_file_only() =>
        Assert.DoesNotContain(Key().Matches(SettingsSample.Write(new())), key => Secret().IsMatch(key.Groups[1].Value) && !key.Groups[1].Value.EndsWith("File", StringComparison.Ordinal));

    public void Dispose() => folder.Dispose();

    [GeneratedRegex("^ *\"([^\"]+)\":", RegexOptions.Multiline)]
    private static partial Regex Key();

    [GeneratedRegex("Password|Secret|Token|Credential", RegexOptions.IgnoreCase)]
    private static partial Regex Secret();
}
