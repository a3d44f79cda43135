using System.Globalization;
using MRNet.Imaging.Cli.Files;
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
    private sealed record Row(string SeriesUid, string Modality, int Images, string Status, string Message, SegmentationResult? Result);

    /// <returns>0, or the exit code of the first failure.</returns>
    public int Run(CancellationToken cancellation)
    {
        foreach (var path in options.Paths.Where(path => !Directory.Exists(path)))
            throw new InvalidImageException($"--all walks folders; {path} is none.");

        var scan = DicomSeriesReader.Scan(options.Paths, options.Input.Series, cancellation);
        var series = scan.Series;
        foreach (var file in scan.Damaged)
            Messages.Warning($"{file.Name}: {file.Reason}");
        if (series.Count == 0)
            throw new InvalidImageException($"There is no DICOM series under {string.Join(", ", options.Paths)}.");

        Directory.CreateDirectory(options.Out);
        var models = new Dictionary<string, LoadedModel>();
        var rows = new List<Row>();
        var code = 0;
        try
        {
            ProgressBar.Run(options.Quiet || options.Json, work =>
            {
                var progress = work.Stage($"{series.Count} series");
                foreach (var one in series)
                {
                    cancellation.ThrowIfCancellationRequested();
                    rows.Add(Try(one, models, ref code, cancellation));
                    WriteSummary(rows);
                    progress.Report((float)rows.Count / series.Count);
                }

                return code;
            });
        }
        finally
        {
            foreach (var model in models.Values)
                model.Dispose();
        }

        if (!options.Quiet)
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

        var folder = Path.Combine(options.Out, series.SeriesInstanceUid);
        if (File.Exists(Path.Combine(folder, ResultFiles.Summary)) && !options.Overwrite)
            return Skipped("done before");

        var image = ImageInput.Read(series.Files, options.Input, null, cancellation);
        var output = new ResultFiles(folder, [.. options.Formats, ResultFormat.Json], options.Writer, overwrite: true);
        output.CheckPlace(stored.Descriptor.Structures);
        if (!models.TryGetValue(stored.Path, out var model))
            models[stored.Path] = model = LoadedModel.Load(stored, options.Device);

        var result = SegmentCommand.Segment(model, image, options, new ProgressBar.Report(_ => { }), cancellation);
        output.Write(image, result, series.SeriesInstanceUid, cancellation);
        return new(series.SeriesInstanceUid, series.Modality, series.Images, "done", "", result);
    }

    /// <summary>The model asked for if it fits, else the only one that fits; null when none does.</summary>
    private StoredModel? Choose(SeriesSummary series)
    {
        if (options.Model is { } id)
            return options.Store.Find(id) is var asked && ModelStore.Fits(asked.Descriptor, series.Modality) ? asked : null;
        return options.Store.List().Where(model => ModelStore.Fits(model.Descriptor, series.Modality)).ToArray() is [var only] ? only : null;
    }

    private void WriteSummary(IEnumerable<Row> rows)
    {
        using var file = new AtomicFile(Path.Combine(options.Out, "summary.csv"));
        using (var writer = new StreamWriter(file.Stream, leaveOpen: true) { NewLine = "\n" })
        {
            writer.WriteLine("series,modality,images,status,model,structure,volume_ml,volume_min_ml,volume_max_ml,mean_uncertainty,seconds,message");
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
            return [string.Join(',', [.. start, "", "", "", "", "", "", "", Quoted(row.Message)])];
        return result.Measurements.Select(m => string.Join(',',
        [
            .. start, result.Provenance.ModelId, Quoted(m.Label), Number(m.VolumeMl ?? m.Voxels), Number(m.RaterVolumesMl.Min()), Number(m.RaterVolumesMl.Max()),
            Number(m.MeanUncertainty), Number(result.Provenance.Seconds), "",
        ]));
    }

    private static int Count(IEnumerable<Row> rows, string status) => rows.Count(row => row.Status == status);

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);

    private static string Quoted(string text) => text.Length == 0 ? "" : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
