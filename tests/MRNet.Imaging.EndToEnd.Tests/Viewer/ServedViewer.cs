using System.Net.Http.Json;
using System.Text.Json;
using MRNet.Dicom;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.Pictures;
using MRNet.Imaging.Tests.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary><c>mrnet serve --viewer</c> over testdata and two made studies, and a browser; says why when one of them is absent.</summary>
public sealed class ServedViewer : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private readonly ViewerBrowser browser = new();
    private readonly Func<string, string>? makeKey;
    private RunningServe? server;

    public ServedViewer()
    {
    }

    /// <param name="makeKey">Makes the key of an account in the server's folder; then it serves accounts only.</param>
    internal ServedViewer(Func<string, string> makeKey) => this.makeKey = makeKey;

    /// <inheritdoc cref="ViewerBrowser.Absent"/>
    public string? Absent => browser.Absent;

    /// <summary>Study of a colour photograph: testdata's, as an ophthalmic camera would store it.</summary>
    public string Fundus { get; private set; } = "";

    /// <summary>Study of a modality that no model is for.</summary>
    public string Angiography { get; private set; } = "";

    public string Address => server?.WebAddress ?? "";

    /// <summary>Of an account; null: the server has none.</summary>
    public string? Key { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Absent is not null)
            return;
        foreach (var series in new[] { "ct-nodule", "mr-head" })
            Copy(Path.Combine(Repository.Root, "testdata", series), folder[Path.Combine("images", series)]);
        Fundus = Write("fundus", PictureReader.Read(Path.Combine(Repository.Root, "testdata", "fundus", "fundus.jpg"), new() { Modality = "OP" }));
        Angiography = Write("angiography", SomeSeries.Volume(), "XA");
        Key = makeKey?.Invoke(folder["store"]);
        server = new RunningServe(folder["store"], "--viewer", "--data", folder["images"]);
        await ReadyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        server?.Dispose();
        folder.Dispose();
    }

    /// <inheritdoc cref="ViewerBrowser.OpenAsync"/>
    public Task<ViewerPage> OpenAsync(string study) => browser.OpenAsync(Address, study);

    /// <inheritdoc cref="ViewerBrowser.ShowAsync"/>
    public Task<ViewerPage> ShowAsync(string study) => browser.ShowAsync(Address, study);

    /// <summary>Until it has also looked through its folders.</summary>
    private async Task ReadyAsync()
    {
        await server!.ReadyAsync();
        using var http = new HttpClient();
        if (Key is not null)
            http.DefaultRequestHeaders.Authorization = new("Bearer", Key);
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
