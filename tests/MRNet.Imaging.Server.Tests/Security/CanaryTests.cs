using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using MRNet.Dicom;
using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Hosting;
using Encoding = System.Text.Encoding;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>Words that only the images hold are looked for wherever they must not be.</summary>
public sealed class CanaryTests : IDisposable
{
    private const string Word = "CANARY";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Nothing_of_a_patient_is_in_logs_errors_audit_pages_or_names_of_files()
    {
        var log = new Lines();
        await using var server = ServerApplication.Create(RunningServer.Options(folder["data"]), builder =>
        {
            builder.Logging.SetMinimumLevel(LogLevel.Trace);
            builder.Logging.AddProvider(log);
        });
        await server.StartAsync();
        using var client = MrnetClient.Connect(server.Urls.First());
        using var http = new HttpClient { BaseAddress = new(server.Urls.Last()) };
        var errors = new List<string>();

        var series = Series();
        await client.SegmentAsync(series, ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg } });
        foreach (var (paths, kind) in Spoilt(series))
            errors.Add(await FailureAsync(() => client.SegmentAsync(paths, kind, new() { ModelId = "ct-lung-nodule" })));
        errors.Add(await (await http.PutAsync($"/v1/uploads/{Guid.NewGuid()}/0?kind=dicom&name={Word}.dcm", new ByteArrayContent([1]))).Content.ReadAsStringAsync());
        errors.Add(await (await http.PutAsync($"/v1/uploads/{Word}/0?kind=dicom&name={Word}.dcm", new ByteArrayContent([1]))).Content.ReadAsStringAsync());
        var page = await http.GetStringAsync("/") + await (await http.GetAsync("/metrics")).Content.ReadAsStringAsync();
        await server.StopAsync();

        Assert.NotEmpty(log.Said);
        Assert.All(errors, Clean);
        Assert.All(log.Said, Clean);
        Clean(page);
        Clean(File.ReadAllText(Path.Combine(folder["data"], "audit.log")));
        Assert.All(Directory.EnumerateFileSystemEntries(folder["data"], "*", SearchOption.AllDirectories), Clean);
        Assert.Contains("Segmentation", string.Concat(log.Said), StringComparison.Ordinal); // it has looked at the right log
    }

    private static void Clean(string text) => Assert.DoesNotContain(Word, text, StringComparison.OrdinalIgnoreCase);

    /// <summary>The CT with the word in every element of text that a reader does not need.</summary>
    private string[] Series()
    {
        DicomTag[] tags =
        [
            DicomTag.PatientName, DicomTag.PatientID, DicomTag.InstitutionName, DicomTag.StudyDescription, DicomTag.SeriesDescription,
            DicomTag.ReferringPhysicianName, DicomTag.AccessionNumber, DicomTag.StudyID, DicomTag.PatientComments, DicomTag.OperatorsName,
        ];
        return [.. RunningServer.CtFiles.Select((path, i) =>
        {
            var dataset = DicomFile.Open(path).Dataset;
            foreach (var tag in tags)
                dataset.AddOrUpdate(tag, Word);
            var changed = folder[$"{Word}{i}.dcm"];
            new DicomFile(dataset).Save(changed);
            return changed;
        })];
    }

    /// <summary>Files that fail, each in another place.</summary>
    private IEnumerable<(string[] Paths, ImageKind Kind)> Spoilt(string[] series)
    {
        var dicom = File.ReadAllBytes(series[0]);
        yield return ([Written("cut.dcm", dicom[..(dicom.Length / 2)])], ImageKind.Dicom);
        yield return ([Written("head.dcm", dicom[..700])], ImageKind.Dicom);
        yield return ([Written("text.dcm", Text())], ImageKind.Dicom);
        yield return ([Written("text.nii", Text())], ImageKind.Nifti);
        yield return ([Written("text.jpg", Text())], ImageKind.Picture);
        yield return ([series[0], series[2], series[5], series[8]], ImageKind.Dicom);
        foreach (var tag in new[] { DicomTag.Modality, DicomTag.PhotometricInterpretation, DicomTag.PixelSpacing, DicomTag.ImageOrientationPatient, DicomTag.RescaleSlope, DicomTag.SOPClassUID })
            yield return ([Patched(series[0], tag)], ImageKind.Dicom);
    }

    /// <summary>The word where the reader needs something else.</summary>
    private string Patched(string path, DicomTag tag)
    {
        var dataset = DicomFile.Open(path).Dataset;
        dataset.AddOrUpdate(new DicomElement(tag, DicomVR.LO, Encoding.ASCII.GetBytes(Word)));
        new DicomFile(dataset).Save(folder["patched.dcm"]);
        return folder["patched.dcm"];
    }

    private static byte[] Text() => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Word + " ", 200)));

    private string Written(string name, byte[] content)
    {
        File.WriteAllBytes(folder[Word + name], content);
        return folder[Word + name];
    }

    private static async Task<string> FailureAsync(Func<Task> call)
    {
        var error = await Record.ExceptionAsync(call);
        return error is null ? "" : string.Join('\n', error.Message, (error.InnerException as RpcException)?.Status.Detail, string.Concat(((error.InnerException as RpcException)?.Trailers ?? []).Select(one => one.IsBinary ? Encoding.ASCII.GetString(one.ValueBytes) : one.Value)));
    }

    /// <summary>All that is logged, with the whole of each exception.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName)
        {
            Said.Enqueue(categoryName);
            return this;
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Said.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
