using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Tests.Observability;
using Encoding = System.Text.Encoding;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>Words that only the images hold are looked for wherever they must not be, and the UIDs of the images too.</summary>
[Collection(nameof(Alone))]
public sealed class CanaryTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly Lines log = new();
    private readonly List<string> errors = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Nothing_of_a_patient_is_in_logs_metrics_traces_errors_audit_pages_or_names_of_files()
    {
        await using var collector = await Collector.StartAsync();
        var images = new CanaryImages(folder);
        var series = images.Series();
        var page = "";
        await using (var server = await StartAsync(collector))
        {
            using var client = MrnetClient.Connect(server.Urls.First());
            using var http = new HttpClient { BaseAddress = new(server.Urls.Last()) };
            var answer = await client.SegmentAsync(series, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg } });
            await client.ReweightAsync(new() { SessionId = answer.Done.SessionId, Weights = new() { Values = { 1, 0, 0, 0 } }, Outputs = { Output.Mask } });
            Assert.Contains(CanaryImages.Word, Encoding.Latin1.GetString(answer.Objects.Single().Content), StringComparison.Ordinal); // the images came with their words
            await client.SegmentAsync([images.Nifti()], ImageKind.Nifti, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask } });
            foreach (var picture in new[] { images.Jpeg(), images.Png() })
                await client.SegmentAsync([picture], ImageKind.Picture, new() { ModelId = "fundus-optic-disc", Outputs = { Output.Mask } });

            foreach (var (paths, kind) in images.Spoilt(series))
                errors.Add(await FailureAsync(() => client.SegmentAsync(paths, kind, new() { ModelId = kind == ImageKind.Picture ? "fundus-optic-disc" : "ct-lung-nodule" })));
            await AskOverHttpAsync(http, series[0]);
            page = await http.GetStringAsync("/") + await http.GetStringAsync("/metrics") + (await client.Raw.ListAsync(new() { PageSize = 100 })).ToString();
            await server.StopAsync();
        }

        Assert.InRange(CanaryImages.TextElements, 400, 5000);
        Assert.InRange(errors.Count(error => error.Length > 0), 20, 1000);
        Assert.All(errors, Clean);
        Assert.NotEmpty(log.Said);
        Assert.All(log.Said, Clean);
        Assert.Contains("jobs_total", page, StringComparison.Ordinal);
        Clean(page);
        Assert.Contains("decoding", collector.Heard(), StringComparison.Ordinal);
        Clean(collector.Heard());
        Clean(File.ReadAllText(Path.Combine(folder["data"], "audit.log")));
        Assert.All(Directory.EnumerateFileSystemEntries(folder["data"], "*", SearchOption.AllDirectories), path => Assert.DoesNotContain(CanaryImages.Word, path, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Segmentation", string.Concat(log.Said), StringComparison.Ordinal); // it has looked at the right log
    }

    /// <summary>With a viewer whose images hold the word, all that is logged, and a collector.</summary>
    private async Task<WebApplication> StartAsync(Collector collector)
    {
        Directory.CreateDirectory(folder["app"]);
        File.WriteAllText(folder["app/index.html"], "");
        File.WriteAllText(folder["app/extension.js"], "");
        Directory.CreateDirectory(folder["images"]);
        File.Copy(folder[$"{CanaryImages.Word}0.dcm"], folder[$"images/{CanaryImages.Word}.dcm"]);
        File.WriteAllBytes(folder[$"images/{CanaryImages.Word}cut.dcm"], File.ReadAllBytes(folder[$"{CanaryImages.Word}1.dcm"])[..700]);
        var server = ServerApplication.Create(RunningServer.Options(folder["data"]) with
        {
            Telemetry = new() { Otlp = collector.Address },
            Viewer = new() { Enabled = true, Data = [folder["images"]], App = folder["app"], Plugin = folder["app"] },
        }, builder =>
        {
            builder.Logging.ClearProviders();
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
            builder.Logging.AddProvider(log);
        });
        await server.StartAsync();
        return server;
    }

    /// <summary>Uploads that name a patient in their address, searches for one, objects that are read and stored.</summary>
    private async Task AskOverHttpAsync(HttpClient http, string file)
    {
        var dataset = DicomFile.Open(file).Dataset;
        var instance = $"/dicom-web/studies/{dataset.GetString(DicomTag.StudyInstanceUID)}/series/{dataset.GetString(DicomTag.SeriesInstanceUID)}/instances/{dataset.GetString(DicomTag.SOPInstanceUID)}";
        foreach (var id in new[] { Guid.NewGuid().ToString(), CanaryImages.Word })
            errors.Add(await (await http.PutAsync($"/v1/uploads/{id}/0?kind=dicom&name={CanaryImages.Word}.dcm", new ByteArrayContent([1]))).Content.ReadAsStringAsync());
        foreach (var path in new[] { $"/dicom-web/studies?PatientName={CanaryImages.Word}", instance, $"{instance}/metadata", $"{instance}/frames/1", $"{instance}/rendered", $"/dicom-web/studies/{CanaryImages.Word}/metadata", $"/{CanaryImages.Word}" })
            await http.GetAsync(path);
        foreach (var content in new[] { File.ReadAllBytes(file), CanaryImages.Text() })
        {
            var part = new ByteArrayContent(content);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
            errors.Add((await http.PostAsync("/dicom-web/studies", new MultipartContent("related", "boundary") { part })).StatusCode.ToString());
        }
    }

    private static void Clean(string text)
    {
        Assert.DoesNotContain(CanaryImages.Word, text, StringComparison.OrdinalIgnoreCase);
        Assert.All(Uids, uid => Assert.DoesNotContain(uid, text, StringComparison.Ordinal));
    }

    /// <summary>Of study, series and first instance.</summary>
    private static readonly string[] Uids = [.. new[] { DicomTag.StudyInstanceUID, DicomTag.SeriesInstanceUID, DicomTag.SOPInstanceUID }.Select(DicomFile.Open(RunningServer.CtFiles[0]).Dataset.GetString)];

    private static async Task<string> FailureAsync(Func<Task> call)
    {
        var error = await Record.ExceptionAsync(call);
        return error is null ? "" : string.Join('\n', error.Message, (error.InnerException as RpcException)?.Status.Detail, string.Concat(((error.InnerException as RpcException)?.Trailers ?? []).Select(one => one.IsBinary ? Encoding.ASCII.GetString(one.ValueBytes) : one.Value)));
    }

    /// <summary>All that is logged, with its values, its scopes and the whole of each exception.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            Said.Enqueue(categoryName);
            return this;
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull
        {
            Said.Enqueue(Values(state));
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Enqueue($"{formatter(state, exception)} {Values(state)} {exception}");

        public void Dispose()
        {
        }

        private static string Values(object? state) => state is IEnumerable<KeyValuePair<string, object?>> values ? string.Join(' ', values.Select(value => $"{value.Key}={value.Value}")) : $"{state}";
    }
}
