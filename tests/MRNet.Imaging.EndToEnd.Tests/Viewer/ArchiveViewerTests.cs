using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.EndToEnd.Tests.Network;

namespace MRNet.Imaging.EndToEnd.Tests.Viewer;

/// <summary>The viewer over a real archive: Orthanc, through our server.</summary>
public sealed class ArchiveViewerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_study_of_an_archive_is_shown_segmented_and_the_result_is_stored_there()
    {
        await using var browser = new ViewerBrowser();
        Assert.SkipWhen(browser.Absent is not null, browser.Absent ?? "");
        using var orthanc = await Orthanc.StartAsync(folder["orthanc"]);
        var files = Directory.GetFiles(Path.Combine(Repository.Root, "testdata", "ct-nodule"));
        Assert.Equal(0, (await Task.Run(() => Cli.Program.Mrnet(["export", .. files, "--to", orthanc.Web.ToString()]))).ExitCode);
        using var server = new RunningServe(folder["store"], "--viewer", "--dicomweb", orthanc.Web.ToString());
        await server.ReadyAsync();

        var page = await browser.OpenAsync(server.WebAddress, DicomFile.Open(files[0]).Dataset.GetString(DicomTag.StudyInstanceUID));
        await page.SegmentAsync();
        await page.PictureAsync("archive");
        await page.PressAsync("save");
        await page.PressAsync("save-yes");
        await page.WaitForAsync("note", "objects are in the PACS");

        using var client = MrnetClient.Connect(server.Address);
        Assert.Contains(await client.ListAsync().ToListAsync(), job => job.Exports is [{ Sent: 3, Pending: 0 }]); // the server sent them itself
        Assert.InRange((await page.LabelmapAsync("mask")).Values.Sum(), 100, 100_000);
        Assert.Equal(files.Length + 3, await orthanc.InstancesAsync()); // a segmentation and two maps
    }
}
