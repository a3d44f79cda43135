using System.Text.Json;
using Microsoft.Playwright;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary>OHIF with our panel, as a user works with it; masks are read from cornerstone's own memory.</summary>
public sealed class ViewerPage(IPage page)
{
    // The labelmap whose id begins so: SOP Instance UID of the slice -> pixels of each value.
    private const string ReadLabelmap = """
        role => {
          const found = services.segmentationService.getSegmentations().filter(one => one.segmentationId.startsWith('mrnet-' + role)).at(-1);
          const slices = {};
          for (const id of found?.representationData.Labelmap.imageIds ?? []) {
            const image = cornerstone.cache.getImage(id);
            const uid = cornerstone.metaData.get('instance', image.referencedImageId).SOPInstanceUID;
            slices[uid] = [...image.voxelManager.getScalarData()].filter(value => value !== 0).length;
          }
          return JSON.stringify(slices);
        }
        """;

    /// <summary>Types a key into the page to which a server with accounts leads.</summary>
    public async Task TypeKeyAsync(string key)
    {
        await page.WaitForURLAsync("**/sign-in?to=**");
        await page.FillAsync("input[name=key]", key);
        await page.ClickAsync("button");
    }

    /// <summary>Why the key was refused.</summary>
    public Task<string> RefusalAsync() => page.InnerTextAsync("[role=alert]");

    /// <summary>All that a script of the page can read.</summary>
    public Task<string> ReadableAsync() => page.EvaluateAsync<string>("() => document.cookie + JSON.stringify([localStorage, sessionStorage]) + document.documentElement.outerHTML");

    public async Task ReadyAsync()
    {
        await page.WaitForFunctionAsync("() => document.querySelector('[data-cy=mrnet-model]')?.options.length > 0");
        await page.WaitForFunctionAsync("() => cornerstone.getRenderingEngines()[0]?.getViewports()[0]?.getCurrentImageId?.()");
    }

    public async Task<string[]> ModelsAsync() => await page.EvaluateAsync<string[]>("() => [...document.querySelector('[data-cy=mrnet-model]').options].map(option => option.value)");

    public Task PressAsync(string name) => page.ClickAsync($"[data-cy=mrnet-{name}]");

    public Task TickAsync(string name) => page.CheckAsync($"[data-cy=mrnet-{name}]");

    public Task<bool> CanPressAsync(string name) => page.IsEnabledAsync($"[data-cy=mrnet-{name}]");

    public async Task SegmentAsync()
    {
        await PressAsync("segment");
        await page.WaitForSelectorAsync("[data-cy=mrnet-measures], [data-cy=mrnet-error]");
    }

    /// <summary>Chooses a preset of the weights and waits for the answer.</summary>
    public async Task WeighAsync(string preset)
    {
        var before = await TextAsync("measures");
        await page.SelectOptionAsync("[data-cy=mrnet-preset]", new SelectOptionValue { Label = preset });
        await page.WaitForFunctionAsync("before => document.querySelector('[data-cy=mrnet-measures]').innerText !== before && document.querySelector('[data-cy=mrnet-segment]').innerText === 'Segment'", before);
    }

    public async Task<string> TextAsync(string name) => await page.InnerTextAsync($"[data-cy=mrnet-{name}]");

    public async Task<bool> HasAsync(string name) => await page.QuerySelectorAsync($"[data-cy=mrnet-{name}]") is not null;

    public async Task<string> WaitForAsync(string name, string text)
    {
        await page.WaitForFunctionAsync($"text => document.querySelector('[data-cy=mrnet-{name}]')?.innerText.includes(text)", text);
        return await TextAsync(name);
    }

    /// <summary>Pixels that are not 0 on each slice, by SOP Instance UID.</summary>
    public async Task<Dictionary<string, int>> LabelmapAsync(string role) =>
        JsonSerializer.Deserialize<Dictionary<string, int>>(await page.EvaluateAsync<string>(ReadLabelmap, role))!;

    /// <summary>Draws a pixel into the mask, as a user with a brush.</summary>
    public Task DrawAsync() => page.EvaluateAsync("""
        () => {
          const mask = services.segmentationService.getSegmentations().find(one => one.segmentationId.startsWith('mrnet-mask'));
          const { voxelManager } = cornerstone.cache.getImage(mask.representationData.Labelmap.imageIds[0]);
          const data = voxelManager.getScalarData();
          data[0] = 1;
          voxelManager.setScalarData(data);
        }
        """);

    public Task<int> SegmentationsAsync() => page.EvaluateAsync<int>("() => services.segmentationService.getSegmentations().filter(one => one.segmentationId.startsWith('mrnet-mask')).length");

    /// <summary>Waits until OHIF lists a series of that modality.</summary>
    public Task ListedAsync(string modality) =>
        page.WaitForFunctionAsync("modality => services.displaySetService.getActiveDisplaySets().some(set => set.Modality === modality)", modality);

    public Task PictureAsync(string name) => page.ScreenshotAsync(new() { Path = Path.Combine(ViewerBrowser.Pictures, name + ".png") });

    /// <summary>No request to segment is answered from now on.</summary>
    public Task HoldBackAsync() => page.RouteAsync("**/mrnet.imaging.v1.Segmentation/Segment*", _ => { });

    /// <summary>Every request to the server fails from now on.</summary>
    public Task CutOffAsync() => page.RouteAsync("**/mrnet.imaging.v1.Segmentation/**", route => route.AbortAsync());
}
