using Microsoft.Playwright;
using MRNet.Imaging.EndToEnd.Tests.Cli;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary><c>mrnet serve --viewer</c> over some of testdata, and a browser; says why when one of them is absent.</summary>
public sealed class ServedViewer : IAsyncLifetime
{
    private static readonly string Plugin = Path.Combine(Repository.Root, "src", "plugins", "ohif");

    private readonly TemporaryFolder folder = new();
    private RunningServe? server;
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Null when all is there.</summary>
    public string? Absent { get; } =
        !File.Exists(Path.Combine(Plugin, "ohif", "index.html")) || !File.Exists(Path.Combine(Plugin, "dist", "extension.js"))
            ? "The OHIF plugin is not built (needs Node.js)."
            : !File.Exists("/usr/bin/chromium") ? "No /usr/bin/chromium (Debian: chromium)." : null;

    public string Address => server?.WebAddress ?? "";

    /// <summary>Where pictures are kept for people to look at.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "viewer")).FullName;

    public async ValueTask InitializeAsync()
    {
        if (Absent is not null)
            return;
        foreach (var series in new[] { "ct-nodule", "mr-head" })
            Copy(Path.Combine(Repository.Root, "testdata", series), folder[Path.Combine("images", series)]);
        server = new RunningServe(folder["data"], "--viewer", "--data", folder["images"]);
        await ReadyAsync();

        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium",
            Args = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
        playwright?.Dispose();
        server?.Dispose();
        folder.Dispose();
    }

    /// <summary>A study in our mode, its panel ready.</summary>
    public async Task<ViewerPage> OpenAsync(string study)
    {
        Assert.SkipWhen(Absent is not null, Absent ?? "");
        var context = await browser!.NewContextAsync(new() { ServiceWorkers = ServiceWorkerPolicy.Block, ViewportSize = new() { Width = 1400, Height = 900 } });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        await page.GotoAsync($"{Address}/viewer/mrnet?StudyInstanceUIDs={study}");
        var opened = new ViewerPage(page);
        await opened.ReadyAsync();
        return opened;
    }

    /// <summary>Until it has also looked through its folders.</summary>
    private async Task ReadyAsync()
    {
        await server!.ReadyAsync();
        using var http = new HttpClient();
        for (var tries = 600; tries > 0; tries--)
        {
            if ((await http.GetStringAsync($"{Address}/dicom-web/series")).Contains("MR", StringComparison.Ordinal))
                return;
            await Task.Delay(100);
        }

        Assert.Fail("The viewer did not find its images within a minute.");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
