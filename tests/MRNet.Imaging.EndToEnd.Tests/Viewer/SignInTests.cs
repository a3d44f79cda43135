using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary>The viewer of a server with accounts, in a real browser.</summary>
public sealed class SignInTests : IAsyncLifetime
{
    private readonly ServedViewer viewer = new(store => Mrnet("keys", "add", "radiology-1", "--role", "viewer", "--store", store).Output.Trim());

    public ValueTask InitializeAsync() => viewer.InitializeAsync();

    public ValueTask DisposeAsync() => viewer.DisposeAsync();

    [Fact]
    public async Task A_key_typed_once_opens_the_study_and_no_page_can_read_it()
    {
        var page = await viewer.ShowAsync(ViewerTests.StudyOf("ct-nodule"));
        await page.TypeKeyAsync("mrnet_wrong");
        Assert.Contains("unknown, revoked or expired", await page.RefusalAsync(), StringComparison.Ordinal);

        await page.TypeKeyAsync(viewer.Key!);
        await page.ReadyAsync();
        await page.SegmentAsync();
        await page.PictureAsync("signed-in");

        Assert.Contains((await page.LabelmapAsync("mask")).Values, pixels => pixels > 0);
        var readable = await page.ReadableAsync();
        Assert.DoesNotContain("mrnet-session", readable, StringComparison.Ordinal);
        Assert.DoesNotContain(viewer.Key!, readable, StringComparison.Ordinal);
    }
}
