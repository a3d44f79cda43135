using Microsoft.Playwright;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary>Debian's Chromium without a window, and whether all that a viewer test needs is here.</summary>
public sealed class ViewerBrowser : IAsyncDisposable
{
    private static readonly string Plugin = Path.Combine(Repository.Root, "src", "plugins", "ohif");

    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Null when all is there.</summary>
    public string? Absent { get; } =
        !File.Exists(Path.Combine(Plugin, "ohif", "index.html")) || !File.Exists(Path.Combine(Plugin, "dist", "extension.js"))
            ? "The OHIF plugin is not built (needs Node.js)."
            : NoChromium;

    /// <summary>Null when there is a browser at least.</summary>
    public static string? NoChromium { get; } = File.Exists("/usr/bin/chromium") ? null : "No /usr/bin/chromium (Debian: chromium).";

    /// <summary>Where pictures are kept for people to look at.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "viewer")).FullName;

    /// <summary>A study in our mode, its panel ready.</summary>
    public async Task<ViewerPage> OpenAsync(string address, string study)
    {
        var page = await ShowAsync(address, study);
        await page.ReadyAsync();
        return page;
    }

    /// <summary>A study in our mode.</summary>
    public async Task<ViewerPage> ShowAsync(string address, string study)
    {
        Assert.SkipWhen(Absent is not null, Absent ?? "");
        var page = await EmptyAsync();
        await page.GotoAsync($"{address}/viewer/mrnet?StudyInstanceUIDs={study}");
        return new(page);
    }

    /// <summary>An empty page of somebody who has never been anywhere.</summary>
    public async Task<IPage> EmptyAsync()
    {
        Assert.SkipWhen(NoChromium is not null, NoChromium ?? "");
        browser ??= await LaunchAsync();
        var context = await browser.NewContextAsync(new() { ServiceWorkers = ServiceWorkerPolicy.Block, ViewportSize = new() { Width = 1400, Height = 900 } });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
    }

    private async Task<IBrowser> LaunchAsync()
    {
        playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        });
    }
}
