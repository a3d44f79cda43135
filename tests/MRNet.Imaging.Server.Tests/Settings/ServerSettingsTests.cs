using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Tests.Settings;

public sealed class ServerSettingsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public void Without_any_source_all_settings_have_their_defaults() => Assert.Equivalent(new ServerOptions(), ServerSettings.Read(), strict: true);

    [Fact]
    public void A_file_sets_what_it_names_and_nothing_else()
    {
        Directory.CreateDirectory(folder["scans"]);

        var options = OfFile($$"""
            { // a comment
              "jobs": { "queueLimit": 7, "Drain": "00:00:05" },
              "Sessions": { "Bytes": "0" },
              "WebPort": null,
              "Origins": ["http://a.test", "http://b.test"],
              "Roots": { "Scans": "{{folder["scans"]}}" },
              "Accounts": { "Certificates": [ { "Subject": "slicer-3", "Role": "viewer" } ], "Oidc": { "Roles": { "radiologists": "operator" } } },
              "Viewer": { "Enabled": true, },
            }
            """);

        Assert.Equal((7, 100, TimeSpan.FromSeconds(5)), (options.Jobs.QueueLimit, options.Jobs.QueuePerCaller, options.Jobs.Drain));
        Assert.Equal(0, options.Sessions.Bytes);
        Assert.Null(options.WebPort);
        Assert.Equal(["http://a.test", "http://b.test"], options.Origins);
        Assert.Equal(folder["scans"], options.Roots["Scans"]);
        Assert.Equal(new("slicer-3", "viewer"), Assert.Single(options.Accounts.Certificates));
        Assert.Equal("operator", options.Accounts.Oidc.Roles["radiologists"]);
        Assert.True(options.Viewer.Enabled);
        Assert.Equal(new ServerOptions().Uploads, options.Uploads);
    }

    [Fact]
    public void The_later_source_goes_before_the_earlier_and_replaces_lists_as_a_whole()
    {
        var first = Source(("Jobs:Runners", "2"), ("Jobs:Attempts", "5"), ("Origins:0", "http://a.test"), ("Origins:1", "http://b.test"));
        var second = Source(("jobs:runners", "3"), ("Origins:0", "http://c.test"));

        var options = ServerSettings.Read(first, second);

        Assert.Equal((3, 5), (options.Jobs.Runners, options.Jobs.Attempts));
        Assert.Equal(["http://c.test"], options.Origins);
    }

    [Fact]
    public void The_environment_names_settings_with_two_underscores()
    {
        Environment.SetEnvironmentVariable("MRNET__Uploads__AtOnce", "9");
        try
        {
            Assert.Equal(9, ServerSettings.Read(SettingsSource.Environment()).Uploads.AtOnce);

            Environment.SetEnvironmentVariable("MRNET__Uploads__AtOnce", "none");
            Assert.Equal("MRNET__Uploads__AtOnce is 'none'; expected a whole number, 1 to 10000.", Refused(() => ServerSettings.Read(SettingsSource.Environment())));
        }
        finally
        {
            Environment.SetEnvironmentVariable("MRNET__Uploads__AtOnce", null);
        }
    }

    [Theory]
    [InlineData("""{ "Jobs": { "QueueLimt": 4 } }""", "Jobs:QueueLimt in mrnet.json is no setting; did you mean Jobs:QueueLimit? 'mrnet serve --print-config' lists them all.")]
    [InlineData("""{ "Job": { "QueueLimit": 4 } }""", "Job in mrnet.json is no setting; did you mean Jobs? 'mrnet serve --print-config' lists them all.")]
    [InlineData("""{ "Jobs": 4 }""", "Jobs in mrnet.json is '4'; expected an object with settings of its own.")]
    [InlineData("""{ "Port": { "Web": 4 } }""", "Port in mrnet.json is an object or a list; expected a whole number, 0 to 65535.")]
    [InlineData("""{ "Jobs": { "QueueLimit": "many" } }""", "Jobs:QueueLimit in mrnet.json is 'many'; expected a whole number, 1 to 1000000.")]
    [InlineData("""{ "Jobs": { "QueueLimit": 0 } }""", "Jobs:QueueLimit in mrnet.json is '0'; expected a whole number, 1 to 1000000.")]
    [InlineData("""{ "Uploads": { "MaxBytes": 0 } }""", "Uploads:MaxBytes in mrnet.json is '0'; expected a whole number, 1 or more.")]
    [InlineData("""{ "Jobs": { "Drain": 30 } }""", "Jobs:Drain in mrnet.json is '30'; expected a time, 00:00:00 to 01:00:00, as [days.]hours:minutes:seconds.")]
    [InlineData("""{ "Jobs": { "Drain": "02:00:00" } }""", "Jobs:Drain in mrnet.json is '02:00:00'; expected a time, 00:00:00 to 01:00:00, as [days.]hours:minutes:seconds.")]
    [InlineData("""{ "Device": "gpu" }""", "Device in mrnet.json is 'gpu'; expected cpu, cuda or cuda:N.")]
    [InlineData("""{ "Insecure": "maybe" }""", "Insecure in mrnet.json is 'maybe'; expected true or false.")]
    [InlineData("""{ "Origins": "http://a.test" }""", "Origins in mrnet.json is 'http://a.test'; expected a list.")]
    [InlineData("""{ "Roots": { "scans": "/not/there" } }""", "Roots:scans in mrnet.json is '/not/there'; expected a folder that is there.")]
    [InlineData("""{ "Accounts": { "Certificates": [ { "Rule": "viewer" } ] } }""", "Accounts:Certificates:0:Rule in mrnet.json is no setting; did you mean Accounts:Certificates:0:Role? 'mrnet serve --print-config' lists them all.")]
    [InlineData("{\n \"Port\": 1\n \"WebPort\": 2 }", "mrnet.json line 3 is no JSON object with each key once: '\"' is invalid after a value. Expected either ',', '}', or ']'.")]
    [InlineData("""{ "Port": 1, "port": 2 }""", "mrnet.json is no JSON object with each key once: A duplicate key 'port' was found.")]
    public void What_is_wrong_is_said_with_key_found_and_wanted(string json, string sentence) => Assert.Equal(sentence, Refused(() => OfFile(json)));

    [Fact]
    public void A_file_that_is_not_there_is_said() => Assert.StartsWith("The settings ", Refused(() => ServerSettings.Read(SettingsSource.File(folder["none.json"]))), StringComparison.Ordinal);

    public void Dispose() => folder.Dispose();

    private ServerOptions OfFile(string json)
    {
        File.WriteAllText(folder["mrnet.json"], json);
        return ServerSettings.Read(SettingsSource.File(folder["mrnet.json"]));
    }

    private static SettingsSource Source(params (string Key, string Value)[] values) => new(values.ToDictionary(pair => pair.Key, pair => (string?)pair.Value), key => key);

    private static string Refused(Action read) => Assert.Throws<WrongSettingException>(read).Message;
}
