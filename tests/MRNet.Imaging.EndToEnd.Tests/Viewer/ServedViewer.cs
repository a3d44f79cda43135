using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Playwright;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary><c>mrnet serve --viewer</c> over some of testdata, and a browser; says why when one of them is absent.</summary>
public sealed class ServedViewer : IAsyncLifetime
{
    private static readonly string Plugin = Path.Combine(Repository.Root, "src", "plugins", "ohif");

    private readonly TemporaryFolder folder = new();
    private Process? server;
    private IPlaywright? playwright;
    private IBrowser? browser;

    /// <summary>Null when all is there.</summary>
    public string? Absent { get; } =
        !File.Exists(Path.Combine(Plugin, "ohif", "index.html")) || !File.Exists(Path.Combine(Plugin, "dist", "extension.js"))
            ? "The OHIF plugin is not built (needs Node.js)."
            : !File.Exists("/usr/bin/chromium") ? "No /usr/bin/chromium (Debian: chromium)." : null;

    public string Address { get; private set; } = "";

    /// <summary>Where pictures are kept for people to look at.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "viewer")).FullName;

    public async ValueTask InitializeAsync()
    {
        if (Absent is not null)
            return;
        foreach (var series in new[] { "ct-nodule", "mr-head" })
            Copy(Path.Combine(Repository.Root, "testdata", series), folder[Path.Combine("images", series)]);
        var port = FreePorts();
        Address = $"http://127.0.0.1:{port + 1}";
        server = Process.Start(new ProcessStartInfo(Cli.Program.Executable, ["serve", "--viewer", "--images", folder["images"], "--port", $"{port}", "--data", folder["data"], "--quiet"]));
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
        Stop();
        folder.Dispose();
    }

    /// <summary>The server is gone, as far as the browser can tell.</summary>
    public void Stop()
    {
        server?.Kill();
        server?.WaitForExit();
        server = null;
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

    private async Task ReadyAsync()
    {
        using var http = new HttpClient();
        for (var n = 0; n < 600; n++)
        {
            try
            {
                if ((await http.GetAsync($"{Address}/readyz")).IsSuccessStatusCode && (await http.GetStringAsync($"{Address}/dicom-web/series")).Contains("MR", StringComparison.Ordinal))
                    return;
            }
            catch (HttpRequestException)
            {
                // it is not listening yet
            }

            await Task.Delay(100);
        }

        throw new InvalidOperationException("The server did not become ready within a minute.");
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    private static int FreePorts()
    {
        while (true)
        {
            using var first = new TcpListener(IPAddress.Loopback, 0);
            first.Start();
            var port = ((IPEndPoint)first.LocalEndpoint).Port;
            try
            {
                using var second = new TcpListener(IPAddress.Loopback, port + 1);
                second.Start();
                return port;
            }
            catch (SocketException)
            {
                // the next one is taken
            }
        }
    }
}
