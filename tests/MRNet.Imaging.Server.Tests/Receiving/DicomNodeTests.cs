using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Dicom.Network;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Receiving;
using MRNet.Imaging.Server.Tests.Exports;

namespace MRNet.Imaging.Server.Tests.Receiving;

/// <summary>A series pushed to the whole server comes back segmented, once.</summary>
public sealed class DicomNodeTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestArchive archive = new TestArchive().Start();
    private WebApplication? server;

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await archive.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_series_comes_back_segmented_once_however_often_it_is_pushed()
    {
        await StartAsync();

        await PushAsync("SCANNER");
        await Until(() => archive.Taken.Length == 3);
        await PushAsync("SCANNER");
        await Until(() => Received.Length == 0);
        await Task.Delay(1500); // three looks

        Assert.Equal(3, archive.Taken.Length);
        using var client = MrnetClient.Connect(server!.Urls.First());
        var job = Assert.Single((await client.Raw.ListAsync(new() { Everyones = true })).Jobs);
        Assert.Equal((JobState.Done, "dicom:SCANNER"), (job.State, job.Owner));
        Assert.Equal((3u, 0u), (job.Exports.Single().Sent, job.Exports.Single().Pending));
        Assert.Contains(File.ReadAllLines(Path.Combine(folder["data"], "audit.log")), line => line.Contains("110107", StringComparison.Ordinal) && line.Contains("SCANNER", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_no_rule_wants_is_kept_and_taken_by_a_start_with_better_rules()
    {
        await StartAsync(rule: """ "description": "something else", """);
        await PushAsync("SCANNER");
        await Until(() => Received.Any(path => path.EndsWith(".complete", StringComparison.Ordinal)));
        await StopAsync();
        Assert.Empty(archive.Taken);

        await StartAsync();
        await Until(() => archive.Taken.Length == 3 && Received.Length == 0);
    }

    [Fact]
    public async Task A_rule_may_have_a_title_of_its_own()
    {
        await StartAsync(rule: """ "calledAe": "LUNGS", """);

        await PushAsync("SCANNER", called: "LUNGS");

        await Until(() => archive.Taken.Length == 3);
    }

    [Fact]
    public async Task A_rules_region_is_what_is_computed()
    {
        await StartAsync(rule: """ "region": "at:63.5,59.5,3.5,64,48,4", """);

        await PushAsync("SCANNER");
        await Until(() => archive.Taken.Length == 3);

        using var client = MrnetClient.Connect(server!.Urls.First());
        var job = Assert.Single((await client.Raw.ListAsync(new() { Everyones = true })).Jobs);
        var box = (await client.GetResultAsync(job.Id)).Summary.Box;
        Assert.Equal((32, 36, 2, 64u, 48u, 4u), (box.X, box.Y, box.Z, box.Columns, box.Rows, box.Slices));
    }

    [Fact]
    public async Task Callers_that_are_not_listed_are_refused()
    {
        await StartAsync(more: """ "callers": ["SCANNER@127.0.0.1", "FAR@10.9.8.7"], """);

        Assert.False((await Assert.ThrowsAsync<DicomNetworkException>(() => PushAsync("OTHER"))).IsTransient);
        await Assert.ThrowsAsync<DicomNetworkException>(() => PushAsync("FAR"));
        await Assert.ThrowsAsync<DicomNetworkException>(() => PushAsync("SCANNER", called: "ELSEWHERE"));
        Assert.Empty(Received);
        await PushAsync("SCANNER");
        Assert.NotEmpty(Received);
    }

    private string[] Received => Directory.Exists(Path.Combine(folder["data"], "received")) ? Directory.GetFileSystemEntries(Path.Combine(folder["data"], "received")) : [];

    private async Task StartAsync(string rule = "", string more = "")
    {
        File.WriteAllText(folder["routes.json"], $$"""
            { {{more}} "quietSeconds": 1, "rules": [{ {{rule}} "modality": "CT", "model": "ct-lung-nodule", "completeOnRelease": true, "send": ["archive"] }] }
            """);
        server = ServerApplication.Create(RunningServer.Options(folder["data"]) with
        {
            Pacs = new Dictionary<string, PacsOptions> { ["archive"] = new() { Address = archive.Address } },
            Receiving = new() { Listen = "0", Routes = folder["routes.json"] },
        });
        await server.StartAsync();
    }

    private async Task StopAsync()
    {
        if (server is null)
            return;
        await server.StopAsync();
        await server.DisposeAsync();
        server = null;
    }

    private async Task PushAsync(string title, string called = "MRNET")
    {
        var node = new DicomPeer(called, "127.0.0.1", server!.Services.GetRequiredService<DicomNode>().Port);
        await foreach (var result in DicomSender.SendAsync(node, [.. RunningServer.CtFiles.Select(OutgoingObject.FromFile)], new() { CallingAe = title }))
            Assert.Equal(DicomStatus.Success, result.Status);
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 3000 && !holds(); i++)
            await Task.Delay(20);
        Assert.True(holds());
    }
}
