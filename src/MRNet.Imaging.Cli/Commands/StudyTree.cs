using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>
/// <c>mrnet segment --all</c>: every series of a tree of studies that fits the model, each into a folder of its own; what
/// is done is skipped, what fails does not stop the rest, and one summary.csv says how it went.
/// </summary>
internal sealed class StudyTree(SegmentOptions options)
{
    /// <param name="Result">What result.json says; null without one.</param>
    private sealed record Row(string SeriesUid, string Modality, int Images, string Status, string Message, JsonNode? Result);

    /// <returns>0, or the exit code of the first failure.</returns>
    public int Run(CancellationToken cancellation)
    {
        foreach (var path in options.Paths.Where(path => !Directory.Exists(path)))
            throw new InvalidImageException($"--all walks folders; {path} is none.");

        var scan = DicomSeriesReader.Scan(options.Paths, options.Input.Series, cancellation);
        var series = scan.Series.Where(one => !one.Files.All(IsResult)).ToArray();
        foreach (var file in scan.Damaged)
            Messages.Warning($"{file.Name}: {file.Reason}");
        if (series.Length == 0)
            throw new InvalidImageException($"There is no DICOM series under {string.Join(", ", options.Paths)}.");

        if (options.Model is { } id)
            options.Store.Find(id); // a wrong name is wrong for all
        Directory.CreateDirectory(options.Out);
        var models = new Dictionary<string, LoadedModel>();
        var rows = new List<Row>();
        var code = 0;
        try
        {
            ProgressBar.Run(options.Quiet || options.Json, work =>
            {
                var progress = work.Stage($"{series.Length} series");
                foreach (var one in series)
                {
                    cancellation.ThrowIfCancellationRequested();
                    rows.Add(Try(one, models, ref code, cancellation));
                    WriteSummary(rows);
                    progress.Report((float)rows.Count / series.Length);
                }

                return code;
            });
        }
        finally
        {
            foreach (var model in models.Values)
                model.Dispose();
        }

        if (options.Json)
            Console.Out.WriteLine(new JsonArray([.. rows.Select(Json)]).ToJsonString(new() { WriteIndented = true }));
        else if (!options.Quiet)
            Console.Out.WriteLine($"{Count(rows, "done")} done, {Count(rows, "skipped")} skipped, {Count(rows, "failed")} failed: {Path.Combine(options.Out, "summary.csv")}");
        return code;
    }

    private Row Try(SeriesSummary series, Dictionary<string, LoadedModel> models, ref int code, CancellationToken cancellation)
    {
        try
        {
            return Segment(series, models, cancellation);
        }
        catch (Exception error) when (error is ImagingException or IOException or UnauthorizedAccessException)
        {
            code = code == 0 ? Mrnet.ExitCodeOf(error) : code;
            Messages.Warning($"series {series.SeriesInstanceUid}: {error.Message}");
            return new(series.SeriesInstanceUid, series.Modality, series.Images, "failed", error.Message, null);
        }
    }

    private Row Segment(SeriesSummary series, Dictionary<string, LoadedModel> models, CancellationToken cancellation)
    {
        Row Skipped(string why) => new(series.SeriesInstanceUid, series.Modality, series.Images, "skipped", why, null);

        if (series.Modality is "SEG" or "SR" or "PR" or "KO" or "RTSTRUCT" or "DOC")
            return Skipped($"{series.Modality} is no image");
        if (Choose(series) is not { } stored)
            return Skipped($"no model is for {series.Modality}");

        var folder = Path.Combine(options.Out, FolderName(series));
        if (!options.Overwrite && Before(folder) is { } before)
            return Skipped("done before") with { Result = before };

        var image = ImageInput.Read(series.Files, options.Input, null, cancellation);
        var output = new ResultFiles(folder, [.. options.Formats, ResultFormat.Json], options.Writer, overwrite: true, options.WritesUncertainty);
        output.CheckPlace(stored.Descriptor.Structures);
        if (!models.TryGetValue(stored.Path, out var model))
            models[stored.Path] = model = options.Load(stored);

        using var writing = output.Begin(image);
        var result = SegmentCommand.Segment(model, image, options, new ProgressBar.Report(_ => { }), writing, cancellation);
        writing.Finish(result, cancellation);
        return new(series.SeriesInstanceUid, series.Modality, series.Images, "done", "", JsonNode.Parse(ResultJson.Of(image, result)));
    }

    /// <summary>The model asked for if it fits, else the one that fits; null when none does.</summary>
    /// <exception cref="WeightsException">Several fit and none was named.</exception>
    private StoredModel? Choose(SeriesSummary series)
    {
        if (options.Model is { } id)
            return options.Store.Find(id) is var asked && ModelStore.Fits(asked.Descriptor, series.Modality) ? asked : null;
        return options.Store.List().Where(model => ModelStore.Fits(model.Descriptor, series.Modality)).ToArray() switch
        {
            [] => null,
            [var only] => only,
            _ => options.Store.For(series.Modality, channels: 1), // says which there are
        };
    }

    /// <summary>The series' UID; where that is none (it comes from a file, and must not lead out of the folder), a hash of it and of where the files lie.</summary>
    private static string FolderName(SeriesSummary series) =>
        series.SeriesInstanceUid is { Length: > 0 and <= 64 } uid && uid.All(letter => char.IsAsciiDigit(letter) || letter == '.') && !uid.Contains("..", StringComparison.Ordinal)
            ? uid
            : "series-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(series.SeriesInstanceUid + Path.GetDirectoryName(series.Files[0]))))[..16];

    /// <summary>What an earlier run left; null when it left nothing whole, or a preview where more is asked for now.</summary>
    private JsonObject? Before(string folder)
    {
        try
        {
            var result = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, ResultFiles.Summary))) as JsonObject;
            return result?["structures"] is JsonArray && result["model"] is JsonObject && SameKind(result) ? result : null;
        }
        catch (Exception error) when (error is IOException or JsonException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private bool SameKind(JsonObject result) =>
        ((string?)result["quality"] ?? "full") == ResultJson.Name(options.Request.Quality) && ((string?)result["precision"] ?? "float32") == ResultJson.Name(options.Precision);

    /// <summary>A file of ours, from a run into a folder inside the tree.</summary>
    private bool IsResult(string file) =>
        Path.GetFullPath(file).StartsWith(Path.GetFullPath(options.Out).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static JsonObject Json(Row row) => new()
    {
        ["series"] = row.SeriesUid,
        ["modality"] = row.Modality,
        ["images"] = row.Images,
        ["status"] = row.Status,
        ["message"] = row.Message,
        ["result"] = row.Result?.DeepClone(),
    };

    private void WriteSummary(IEnumerable<Row> rows)
    {
        using var file = new AtomicFile(Path.Combine(options.Out, "summary.csv"));
        using (var writer = new StreamWriter(file.Stream, leaveOpen: true) { NewLine = "\n" })
        {
            writer.WriteLine("series,modality,images,status,model,structure,volume,volume_min,volume_max,unit,mean_uncertainty,seconds,message");
            foreach (var line in rows.SelectMany(Lines))
                writer.WriteLine(line);
        }

        file.Commit();
    }

    /// <summary>One line for each structure; one without numbers when there is no result.</summary>
    private static IEnumerable<string> Lines(Row row)
    {
        string[] start = [row.SeriesUid, row.Modality, $"{row.Images}", row.Status];
        if (row.Result is not { } result)
            return [string.Join(',', [.. start, "", "", "", "", "", "", "", "", Quoted(row.Message)])];
        return result["structures"]!.AsArray().Select(structure => string.Join(',',
        [
            .. start, (string)result["model"]!["id"]!, Quoted((string)structure!["label"]!),
            Number((double?)structure["volumeMl"] ?? (double)structure["voxels"]!),
            Number(Volumes(structure).Min()), Number(Volumes(structure).Max()), (string)structure["raterVolumeUnit"]!,
            Number((double?)structure["meanUncertainty"]), Number((double)result["seconds"]!), Quoted(row.Message),
        ]));
    }

    private static IEnumerable<double?> Volumes(JsonNode structure) => structure["raterVolumes"]!.AsObject().Select(rater => (double?)rater.Value);

    private static int Count(IEnumerable<Row> rows, string status) => rows.Count(row => row.Status == status);

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    private static string Quoted(string text) => text.Length == 0 ? "" : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
