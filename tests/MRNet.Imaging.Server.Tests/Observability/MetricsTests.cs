using System.Diagnostics.Metrics;
using System.Net;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Observability;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Tests.Observability;

/// <summary>What /metrics says after jobs and refusals. What the engine counted for earlier tests is in it: nothing is compared exactly.</summary>
public sealed class MetricsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_job_and_a_refusal_are_counted_and_timed_by_stage()
    {
        await Assert.ThrowsAsync<RpcException>(async () => await server.Client.Raw.SubmitAsync(new() { ModelId = "nothing" }));
        using var http = new HttpClient { BaseAddress = new(server.Web) };
        await http.PutAsync("/v1/uploads/nonsense/0?kind=dicom&name=a", new ByteArrayContent([1]));

        await server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask } });
        var said = await ScrapeAsync();

        Assert.All(
            [
                """jobs_total{otel_scope_name="MRNet.Imaging",lane="interactive",model="ct-lung-nodule",outcome="done"}""", "job_queue_time_seconds_count{", """stage="decoding"} """, """stage="preparing"} """, """stage="running"} """,
                """stage="writing"} """, "queue_length{", "slices_total{", "batch_size_sum{", "uploads_active{", "spool_bytes{", """model_load_time_seconds_count{otel_scope_name="MRNet.Imaging",model="ct-lung-nodule"}""",
                "features_hits_total{", "features_misses_total{", """rejected_total{otel_scope_name="MRNet.Imaging",reason="UNKNOWN_MODEL"}""", """reason="INVALID_IMAGE"} """, "audit_pending{", """jobs_kept{otel_scope_name="MRNet.Imaging",state="done"} """, """state="queued"} 0""", """device_memory_bytes{otel_scope_name="MRNet.Imaging",device="cpu",kind="used"} """,
            ],
            name => Assert.Contains(name, said, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_server_of_the_process_neither_counts_for_this_one_nor_ends_its_metrics()
    {
        using var folder = new TemporaryFolder();
        await using (var other = ServerApplication.Create(RunningServer.Options(folder["data"])))
        {
            await other.StartAsync();
            other.Services.GetRequiredService<ServerMetrics>().Rejected("ELSEWHERE");
            await other.StopAsync();
        }

        var said = await ScrapeAsync();

        Assert.Contains("queue_length{", said, StringComparison.Ordinal);
        Assert.DoesNotContain("ELSEWHERE", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_label_names_a_job_an_upload_or_an_address()
    {
        var answer = await server.Client.SegmentAsync(RunningServer.CtFiles, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask } });

        var said = await ScrapeAsync();

        Assert.DoesNotContain(answer.JobId, said, StringComparison.Ordinal);
        Assert.DoesNotMatch("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|127\\.0\\.0\\.1|localhost", said[said.IndexOf("jobs_total", StringComparison.Ordinal)..]);
        var labels = said.Split('\n').Where(line => line.Contains('{')).SelectMany(line => line[(line.IndexOf('{') + 1)..line.IndexOf('}')].Split(',')).Select(label => label.Split('=')[0]).ToHashSet();
        Assert.Subset(new HashSet<string> { "otel_scope_name", "lane", "model", "state", "device", "outcome", "stage", "reason", "kind", "for", "le", "service_name", "service_version", "service_instance_id", "telemetry_sdk_name", "telemetry_sdk_language", "telemetry_sdk_version" }, labels);
    }

    [Fact]
    public async Task Metrics_are_for_operators_and_count_wrong_keys()
    {
        using var folder = new TemporaryFolder();
        var (viewer, otto) = (KeyChanges.Add(folder["data"], "vera", "viewer", null, "test"), KeyChanges.Add(folder["data"], "otto", "operator", null, "test"));
        await using var application = ServerApplication.Create(RunningServer.Options(folder["data"]));
        await application.StartAsync();
        using var http = new HttpClient { BaseAddress = new(application.Urls.Last()) };

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(ApiKey.NewKey())).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(viewer)).StatusCode);
        Assert.Contains("""auth_failures_total{otel_scope_name="MRNet.Imaging",kind="credentials"} 1""", await (await AskAsync(otto)).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await application.StopAsync();

        async Task<HttpResponseMessage> AskAsync(string? key)
        {
            http.DefaultRequestHeaders.Authorization = key is null ? null : new("Bearer", key);
            return await http.GetAsync("/metrics");
        }
    }

    [Fact]
    public async Task Gauges_say_what_the_server_holds_now()
    {
        using var http = new HttpClient { BaseAddress = new(server.Web) };
        var before = Gauges();

        await http.PutAsync($"/v1/uploads/{Guid.NewGuid()}/0?kind=dicom&name=a.dcm", new ByteArrayContent(new byte[1000]));

        Assert.Equal(before["spool.bytes"] + 1000, Gauges()["spool.bytes"]);
        Assert.Equal(before["uploads.active"] + 1, Gauges()["uploads.active"]);
        Assert.Equal(0, Gauges()["queue.length"]);
    }

    /// <summary>Of this server alone.</summary>
    private Dictionary<string, long> Gauges()
    {
        var (meter, values) = (server.Services.GetRequiredService<ServerMetrics>().Meter, new Dictionary<string, long>());
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, hearing) =>
            {
                if (instrument.Meter == meter && instrument.IsObservable)
                    hearing.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => values[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values[instrument.Name] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return values;
    }

    private async Task<string> ScrapeAsync()
    {
        using var http = new HttpClient { BaseAddress = new(server.Web) };
        await Task.Delay(350); // an answer is kept for 300 ms
        var answer = await http.GetAsync("/metrics");
        Assert.Equal((HttpStatusCode.OK, "text/plain"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        return await answer.Content.ReadAsStringAsync();
    }
}
