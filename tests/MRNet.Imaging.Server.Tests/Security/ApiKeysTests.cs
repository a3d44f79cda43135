using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Security;

public sealed class ApiKeysTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Path => folder["keys.json"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_key_itself_is_not_stored_and_the_file_is_its_owners_alone()
    {
        var key = Keys().Add("anna", "viewer", null);

        Assert.Matches("^mrnet_[A-Za-z0-9_-]{43}$", key);
        Assert.DoesNotContain(key[6..], File.ReadAllText(Path), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_key_expires_to_the_second()
    {
        var clock = Some.Clock();
        var keys = Keys(clock);
        var key = keys.Add("anna", "viewer", TimeSpan.FromDays(90));

        clock.Advance(TimeSpan.FromDays(90) - TimeSpan.FromSeconds(1));
        Assert.Equal("anna", keys.Find(key)?.Name);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(keys.Find(key));
    }

    [Fact]
    public void What_another_process_changed_is_seen()
    {
        var (server, tool) = (Keys(), Keys());
        var first = tool.Add("anna", "viewer", null);
        Assert.NotNull(server.Find(first));

        tool.Revoke("anna");
        var second = tool.Add("otto", "admin", null);

        Assert.Null(server.Find(first));
        Assert.Equal("otto", server.Find(second)?.Name);
    }

    [Theory]
    [InlineData("", "viewer", "cannot be a key's")]
    [InlineData("../x", "viewer", "cannot be a key's")]
    [InlineData("anna", "viewer", "There is a key")]
    [InlineData("otto", "chief", "expected viewer, operator, trainer or admin")]
    public void What_does_not_fit_is_told(string name, string role, string sentence)
    {
        var keys = Keys();
        keys.Add("anna", "viewer", null);

        Assert.Contains(sentence, Assert.Throws<InvalidImageException>(() => keys.Add(name, role, null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_lets_nobody_in()
    {
        File.WriteAllText(Path, "[{");

        Assert.Throws<ResourceLimitException>(() => Keys().Find(ApiKey.NewKey()));
    }

    private ApiKeys Keys(TimeProvider? time = null) => new(Path, new DiskFileSystem(), time ?? Some.Clock());
}
