using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Verification;

namespace MRNet.Imaging.Server.Tests.Verification;

/// <summary>A server's folder after one job that was sent, done and kept; each test spoils one thing of it.</summary>
public sealed class StoreCheckTests : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private WebApplication? application;
    private string job = "";

    private string Root => folder["data"];

    private string Result => Path.Combine(Root, "results", job);

    private string Upload => Assert.Single(Directory.GetDirectories(Path.Combine(Root, "uploads")));

    public async ValueTask InitializeAsync()
    {
        application = ServerApplication.Create(RunningServer.Options(Root));
        await application.StartAsync();
        using var client = MrnetClient.Connect(application.Urls.First());
        var request = new SegmentRequest { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg } };
        job = (await client.SubmitAsync(RunningServer.CtFiles, ImageKind.Dicom, request)).Id;
        await client.WatchAsync(job);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task Nothing_is_wrong_beside_a_running_server_and_after_it()
    {
        Directory.CreateDirectory(Path.Combine(Root, "results", $"{Guid.NewGuid()}.1.part")); // a job that runs
        Directory.CreateDirectory(Path.Combine(Root, "uploads", Guid.NewGuid().ToString())); // an upload that arrives
        var running = Look();
        Assert.Equal((true, 1), (running.IsInUse, running.Jobs));
        Assert.Empty(running.Findings);

        await StopAsync();
        var stopped = Look();

        Assert.False(stopped.IsInUse);
        Assert.True(stopped.Bytes > 100_000, "The images and the result were not read.");
        Assert.Equal(2, stopped.Findings.Count(finding => finding.IsStray)); // the two that nobody goes on with
        Assert.Equal(2, stopped.Findings.Count);
    }

    [Theory]
    [InlineData("map-1", "SHA-256"), InlineData("segmentation.dcm", "SHA-256")]
    public async Task Another_byte_in_a_result_is_found(string part, string fault)
    {
        await StopAsync();
        Flip(Path.Combine(Result, part));

        Found(Path.Combine("results", job, part), fault);
    }

    [Fact]
    public async Task Another_byte_in_an_image_is_found()
    {
        await StopAsync();
        Flip(Path.Combine(Upload, "00003.dcm"));

        Found(Path.Combine("uploads", Path.GetFileName(Upload), "00003.dcm"), "SHA-256");
    }

    [Theory]
    [InlineData("map-1", "is missing"), InlineData("events", "no list of its parts")]
    public async Task A_missing_part_of_a_result_is_found(string part, string fault)
    {
        await StopAsync();
        File.Delete(Path.Combine(Result, part));

        Assert.Contains(Look().Findings, finding => finding.Place.StartsWith("results", StringComparison.Ordinal) && finding.Fault.Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_part_that_was_cut_is_found()
    {
        await StopAsync();
        using (var file = File.OpenWrite(Path.Combine(Result, "segmentation.dcm")))
            file.SetLength(file.Length / 2);

        Found(Path.Combine("results", job, "segmentation.dcm"), "bytes; expected");
    }

    [Fact]
    public async Task A_done_job_without_its_result_is_found()
    {
        await StopAsync();
        Directory.Delete(Result, recursive: true);

        Found("jobs.db", "is done, and its result is gone");
    }

    [Fact]
    public async Task A_waiting_job_without_its_images_is_found()
    {
        await StopAsync();
        Change("UPDATE jobs SET status = 0, started = NULL, ended = NULL, expires = NULL");
        Directory.Delete(Upload, recursive: true);

        Assert.Contains(Look().Findings, finding => finding.Fault.Contains("the images that it reads are gone", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("status = 7", "none of the five")]
    [InlineData("ended = NULL", "no time of its end")]
    [InlineData("started = NULL", "never begun")]
    [InlineData("status = 3", "no reason")]
    [InlineData("code = 3", "did not fail")]
    [InlineData("status = 0", "waits or runs")]
    [InlineData("attempt = -1", "fewer than no times")]
    [InlineData("request = x''", "no request")]
    [InlineData("id = '../../etc'", "no UUID")]
    public async Task A_state_that_cannot_be_is_found(string change, string fault)
    {
        await StopAsync();
        Change($"UPDATE jobs SET {change}");

        Assert.Contains(Look().Findings, finding => finding.Place == "jobs.db" && finding.Fault.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("segmentation.dcm", 0, null)]
    [InlineData("gone.dcm", 0, "is still to be sent, and is gone")]
    [InlineData("gone.dcm", 1, null)] // the archive has it
    [InlineData("segmentation.dcm", 7, "none of the three")]
    public async Task What_is_still_to_be_sent_must_be_there(string file, int state, string? fault)
    {
        await StopAsync();
        Change("exports.db", $"INSERT INTO exports (job_id, pacs, sop_uid, file, state, attempts, asked, reason) VALUES ('{job}', 'pacs', '1.2.3', '{file}', {state}, 0, 0, '')");

        if (fault is null)
            Assert.Empty(Look().Findings);
        else
            Found("exports.db", fault);
    }

    [Fact]
    public async Task A_damaged_store_is_found_and_no_fault_of_ours()
    {
        await StopAsync();
        var store = Path.Combine(Root, "jobs.db");
        using (var file = File.OpenWrite(store))
            file.Write(new byte[200]);

        Found("jobs.db", "cannot be read");
    }

    [Fact]
    public async Task What_belongs_to_nothing_is_set_aside_and_not_deleted()
    {
        await StopAsync();
        var orphan = Path.Combine(Root, "results", Guid.NewGuid().ToString());
        Directory.CreateDirectory(orphan);
        File.WriteAllText(Path.Combine(orphan, "events"), "x");
        File.WriteAllText(Path.Combine(Root, "probe.part"), "x");
        File.WriteAllText(Path.Combine(Upload, "99999.dcm"), "x");
        var report = Look();

        var place = new StoreCheck(Root, new DiskFileSystem()).Repair(report, Some.Noon);

        Assert.Equal(3, report.Findings.Count);
        Assert.Empty(Look().Findings);
        Assert.Equal("x", File.ReadAllText(Path.Combine(Root, place, "results", Path.GetFileName(orphan), "events")));
        Assert.Equal("x", File.ReadAllText(Path.Combine(Root, place, "probe.part")));
    }

    [Fact]
    public async Task Nothing_is_set_aside_while_a_server_runs_and_another_folder_is_none_of_a_server()
    {
        Assert.Throws<ResourceLimitException>(() => new StoreCheck(Root, new DiskFileSystem()).Repair(Look(), Some.Noon));
        await StopAsync();
        Assert.Contains("has no jobs.db", Assert.Throws<InvalidImageException>(() => new StoreCheck(folder["other"], new DiskFileSystem()).Run(CancellationToken.None)).Message);
        Assert.False(Directory.Exists(folder["other"]));
    }

    /// <summary>Looking changes nothing: not a file, not a time.</summary>
    [Fact]
    public async Task Looking_leaves_no_trace()
    {
        await StopAsync();
        var before = Names();

        Look();

        Assert.Equal(before, Names());
    }

    private string[] Names() =>
        [.. Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Order().Select(file => $"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file):O}")];

    private StoreReport Look() => new StoreCheck(Root, new DiskFileSystem()).Run(CancellationToken.None);

    private void Found(string place, string fault)
    {
        var finding = Assert.Single(Look().Findings);
        Assert.Equal(place, finding.Place);
        Assert.Contains(fault, finding.Fault, StringComparison.Ordinal);
    }

    private async Task StopAsync()
    {
        if (application is null)
            return;
        await application.StopAsync();
        await application.DisposeAsync();
        application = null;
    }

    private void Change(string sql) => Change("jobs.db", sql);

    private void Change(string database, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(Root, database), Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        Assert.True(command.ExecuteNonQuery() > 0);
    }

    private static void Flip(string file)
    {
        var content = File.ReadAllBytes(file);
        content[content.Length / 2] ^= 0x10;
        File.WriteAllBytes(file, content);
    }
}
