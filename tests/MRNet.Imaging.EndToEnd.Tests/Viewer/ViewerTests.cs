using System.Net.Http.Json;
using System.Text.Json;
using MRNet.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary>The viewer out of the box: a real server, OHIF as its makers built it, a real browser. Pictures are left in artifacts/viewer.</summary>
public sealed class ViewerTests(ServedViewer viewer) : IClassFixture<ServedViewer>
{
    private static readonly string Ct = StudyOf("ct-nodule");

    [Fact]
    public async Task A_mask_appears_follows_the_raters_and_is_saved()
    {
        var page = await viewer.OpenAsync(Ct);

        await page.SegmentAsync();
        var equal = await page.LabelmapAsync("mask");
        await page.WeighAsync("only tightest");
        var tightest = await page.LabelmapAsync("mask");
        await page.PictureAsync("ct-weighed");
        await page.PressAsync("save");
        await page.PressAsync("save-yes");
        await page.WaitForAsync("note", "objects are in the PACS");
        await page.ListedAsync("SEG");
        await page.PictureAsync("ct-saved");

        Assert.InRange(equal.Values.Sum(), 100, 100_000);
        Assert.InRange(tightest.Values.Sum(), 100, equal.Values.Sum() - 1);
        Assert.Contains((await page.LabelmapAsync("uncertainty")).Values, pixels => pixels > 0);
        var saved = await SavedMaskAsync();
        Assert.Equal(tightest.Where(slice => slice.Value > 0).ToDictionary(), saved);

        var again = await viewer.OpenAsync(Ct);
        await again.ListedAsync("SEG");
    }

    [Fact]
    public async Task An_edited_mask_is_left_alone()
    {
        var page = await viewer.OpenAsync(Ct);
        await page.SegmentAsync();

        await page.DrawAsync();
        await page.WeighAsync("only widest");

        Assert.Contains("You edited the mask", await page.TextAsync("note"), StringComparison.Ordinal);
        Assert.Equal(2, await page.SegmentationsAsync());
    }

    [Fact]
    public async Task An_oblique_head_is_segmented_where_it_lies()
    {
        var page = await viewer.OpenAsync(StudyOf("mr-head"));

        await page.SegmentAsync();
        await page.PictureAsync("mr");

        Assert.Equal(["mr-brain"], await page.ModelsAsync());
        Assert.All((await page.LabelmapAsync("mask")).Values, pixels => Assert.True(pixels > 0, "a slice without brain"));
    }

    [Fact]
    public async Task A_colour_photograph_gets_its_mask_and_each_raters_outline()
    {
        var page = await viewer.OpenAsync(viewer.Fundus);

        await page.TickAsync("with-raters");
        await page.SegmentAsync();
        await page.TickAsync("raters");
        await page.PictureAsync("fundus");

        Assert.Equal(["fundus-optic-disc"], await page.ModelsAsync());
        Assert.InRange(Assert.Single(await page.LabelmapAsync("mask")).Value, 1000, 200_000);
        Assert.True(Assert.Single(await page.LabelmapAsync("raters")).Value > 1000, "no outline of a rater");
        Assert.Contains("pixels", await page.TextAsync("measures"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_modality_that_no_model_is_for_is_said_at_once()
    {
        var page = await viewer.ShowAsync(viewer.Angiography);

        var said = await page.WaitForAsync("status", "No model");

        Assert.Contains("is for XA.", said, StringComparison.Ordinal);
        Assert.Empty(await page.ModelsAsync());
        Assert.False(await page.CanPressAsync("segment"));
    }

    [Fact]
    public async Task A_server_that_is_away_is_told_and_what_is_on_screen_stays()
    {
        var page = await viewer.OpenAsync(Ct);
        await page.SegmentAsync();
        var before = await page.LabelmapAsync("mask");

        await page.CutOffAsync();
        await page.PressAsync("segment");
        var said = await page.WaitForAsync("error", "Cannot reach");
        await page.PictureAsync("away");

        Assert.Contains("not running, not allowing", said, StringComparison.Ordinal);
        Assert.Equal(before, await page.LabelmapAsync("mask"));
    }

    [Fact]
    public async Task Cancel_ends_it_and_shows_nothing()
    {
        var page = await viewer.OpenAsync(StudyOf("mr-head"));

        await page.HoldBackAsync(); // the computer may be done before anybody can press
        await page.PressAsync("segment");
        await page.WaitForAsync("segment", "Cancel");
        await page.PressAsync("segment");

        Assert.Contains("Cancelled", await page.WaitForAsync("status", "Cancelled"), StringComparison.Ordinal);
        Assert.False(await page.HasAsync("measures"));
    }

    [Fact]
    public async Task Pydicom_reads_what_the_dicom_web_service_says()
    {
        Assert.SkipWhen(viewer.Absent is not null, viewer.Absent ?? "");
        var (code, text) = Dicom.Tools.Run("/usr/bin/python3", ["-c", """
            import json, sys, urllib.request, pydicom
            root = sys.argv[1] + '/dicom-web/studies/' + sys.argv[2]
            get = lambda path: json.load(urllib.request.urlopen(root + path))
            series = [pydicom.Dataset.from_json(one) for one in get('/series')]
            image = [one for one in series if one.Modality == 'CT'][0]
            for one in get('/series/' + image.SeriesInstanceUID + '/metadata'):
                read = pydicom.Dataset.from_json(one, lambda tag, vr, uri: urllib.request.urlopen(uri).read())
                file = pydicom.dcmread([f for f in sys.argv[3:] if pydicom.dcmread(f, stop_before_pixels=True).SOPInstanceUID == read.SOPInstanceUID][0])
                assert read.PixelData == file.PixelData and read.ImagePositionPatient == file.ImagePositionPatient, read.SOPInstanceUID
            print('read alike')
            """, viewer.Address, Ct, .. Directory.GetFiles(Path.Combine(Repository.Root, "testdata", "ct-nodule"))]);

        Assert.SkipWhen(text.Contains("No module named", StringComparison.Ordinal), "No pydicom.");
        Assert.True(code == 0, text);
    }

    /// <summary>Pixels of the saved segmentation on each slice, as pydicom's frames would have them: found by QIDO, fetched by WADO.</summary>
    private async Task<Dictionary<string, int>> SavedMaskAsync()
    {
        using var http = new HttpClient { BaseAddress = new(viewer.Address) };
        var series = (await http.GetFromJsonAsync<JsonElement>($"/dicom-web/studies/{Ct}/instances?Modality=SEG")).EnumerateArray().Last();
        var path = $"/dicom-web/studies/{Ct}/series/{Value(series, "0020000E")}/instances/{Value(series, "00080018")}";
        var dataset = DicomFile.Open(await http.GetByteArrayAsync(path)).Dataset;
        var pixels = DicomPixelData.Create(dataset);
        return dataset.GetSequence(DicomTag.PerFrameFunctionalGroupsSequence).Items
            .Select((frame, index) => (Uid: SourceOf(frame), Pixels: pixels.GetFrame(index).Span.ToArray().Sum(pixel => pixel)))
            .ToDictionary(frame => frame.Uid, frame => frame.Pixels);
    }

    private static string SourceOf(DicomDataset frame) => frame.GetSequence(DicomTag.DerivationImageSequence).Items[0]
        .GetSequence(DicomTag.SourceImageSequence).Items[0].GetString(DicomTag.ReferencedSOPInstanceUID);

    private static string Value(JsonElement dataset, string tag) => dataset.GetProperty(tag).GetProperty("Value")[0].GetString()!;

    internal static string StudyOf(string series) =>
        DicomFile.Open(Directory.GetFiles(Path.Combine(Repository.Root, "testdata", series))[0]).Dataset.GetString(DicomTag.StudyInstanceUID);
}
