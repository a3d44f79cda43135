using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using MRNet.Dicom;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.Pictures;
using MRNet.Imaging.Tests.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary><c>mrnet serve --viewer</c> over testdata and two made studies, and a browser; says why when one of them is absent.</summary>
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

    /// <summary>Study of a colour photograph: testdata's, as an ophthalmic camera would store it.</summary>
    public string Fundus { get; private set; } = "";

    /// <summary>Study of a modality that no model is for.</summary>
    public string Angiography { get; private set; } = "";

    public string Address => server?.WebAddress ?? "";

    /// <summary>Where pictures are kept for people to look at.</summary>
    public static string Pictures { get; } = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "viewer")).FullName;

    public async ValueTask InitializeAsync()
    {
        if (Absent is not null)
            return;
        foreach (var series in new[] { "ct-nodule", "mr-head" })
            Copy(Path.Combine(Repository.Root, "testdata", series), folder[Path.Combine("images", series)]);
        Fundus = Write("fundus", PictureReader.Read(Path.Combine(Repository.Root, "testdata", "fundus", "fundus.jpg"), new() { Modality = "OP" }));
        Angiography = Write("angiography", SomeSeries.Volume(), "XA");
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
        var page = await ShowAsync(study);
        await page.ReadyAsync();
        return page;
    }

    /// <summary>A study in our mode.</summary>
    public async Task<ViewerPage> ShowAsync(string study)
    {
        Assert.SkipWhen(Absent is not null, Absent ?? "");
        var context = await browser!.NewContextAsync(new() { ServiceWorkers = ServiceWorkerPolicy.Block, ViewportSize = new() { Width = 1400, Height = 900 } });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        await page.GotoAsync($"{Address}/viewer/mrnet?StudyInstanceUIDs={study}");
        return new(page);
    }

    /// <summary>Until it has also looked through its folders.</summary>
    private async Task ReadyAsync()
    {
        await server!.ReadyAsync();
        using var http = new HttpClient();
        for (var tries = 600; tries > 0; tries--)
        {
            if (await http.GetFromJsonAsync<JsonElement[]>($"{Address}/dicom-web/series") is { Length: 4 })
                return;
            await Task.Delay(100);
        }

        Assert.Fail("The viewer did not find its images within a minute.");
    }

    /// <returns>Its Study Instance UID.</returns>
    private string Write(string name, Volume volume, string? modality = null)
    {
        var study = DicomUID.Generate(new Random(name.Length)).UID;
        SomeSeries.Files(folder, volume, name: Path.Combine("images", name), change: (image, _) =>
        {
            image.AddOrUpdate(DicomTag.StudyInstanceUID, study);
            if (modality is not null)
                image.AddOrUpdate(DicomTag.Modality, modality);
        });
        return study;
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }
}
