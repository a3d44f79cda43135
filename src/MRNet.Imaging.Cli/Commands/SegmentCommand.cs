using System.CommandLine;
using MRNet.Imaging.Cli.Remote;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet segment</c>: from an image to masks, maps, measurements and pictures.</summary>
internal static class SegmentCommand
{
    public static Command Create()
    {
        var syntax = new SegmentSyntax();
        var command = syntax.Command(
            "Segments an image and writes the mask (DICOM-SEG), probability and uncertainty (Parametric Maps), the same as NIfTI, a contact sheet and result.json.",
            """
            mrnet segment testdata/ct-nodule --out out
            mrnet segment ct-series --out out --region at:310,205,87,128,128,20
            mrnet segment ct-series --out out --region atmm:-62.5,-118,-201,90,90,40 --expertness 0.4,0.3,0.2,0.1
            mrnet segment scan.nii.gz --modality CT --out out --format nifti,png
            mrnet segment ct-series --out look --region at:310,205,87,128,128,20 --quality preview
            mrnet segment ct-series --out out --raters --report --overlay
            mrnet segment photograph.jpg --out raw --no-temperature
            mrnet segment --all studies --out results
            mrnet segment --from ORTHANC@pacs:4242 --study 1.2.3 --series 1.2.3.4 --out out --to ORTHANC@pacs:4242
            mrnet segment ct-series --out out --server http://127.0.0.1:50051
            """);
        command.SetAction((parsed, cancellation) => Task.Run(async () =>
        {
            var quiet = parsed.GetValue(CommonOptions.Quiet) || parsed.GetValue(CommonOptions.Json);
            using var fetched = await syntax.Peers.FetchAsync(parsed, quiet, cancellation);
            var options = syntax.Read(parsed, fetched?.Folder);
            if (options.Paths.Any(path => Whole(path) == Whole(options.Out)))
                throw new InvalidImageException($"The results would lie among the images in {options.Out}; give another --out.");
            if (options.All)
                return new StudyTree(options).Run(cancellation);
            await syntax.Peers.SendAsync(parsed, options.Out, One(options, cancellation), quiet, cancellation);
            return 0;
        }, cancellation));
        return command;
    }

    /// <returns>The files written.</returns>
    private static IReadOnlyList<string> One(SegmentOptions options, CancellationToken cancellation)
    {
        var (image, result, files) = ProgressBar.Run(options.Quiet || options.Json, work =>
            options.Server is { } server ? RemoteSegmentation.Run(options, server, work, cancellation) : Here(options, work, cancellation));

        if (options.Verbose)
            foreach (var note in image.Volume.Notes)
                Messages.Note(note);
        if (image.Series is null && options.Formats.Any(ResultFiles.IsDicom) && !options.Quiet)
            Messages.Note("No DICOM output: the image did not come from DICOM. 'mrnet convert' makes a DICOM series of it first.");
        if (image.Series is not null && result.Structures.Count > 4 && options.Formats.Contains(ResultFormat.Seg) && !options.Writer.LabelMap && !options.Quiet)
            Messages.Note("A segmentation of so many structures is smaller as a label map, for viewers that know them (Slicer from 5.12, OHIF from mid 2025): --seg labelmap.");

        if (options.Json)
            Console.Out.WriteLine(ResultJson.Of(image, result));
        else if (!options.Quiet)
            ResultTable.Write(image.Volume, result, options.Out, files);
        return files;
    }

    private static (LoadedImage Image, SegmentationResult Result, IReadOnlyList<string> Files) Here(SegmentOptions options, ProgressBar.IWork work, CancellationToken cancellation)
    {
        var image = ImageInput.Read(options.Paths, options.Input, work.Stage("Reading"), cancellation);
        var stored = options.Model is { } id ? options.Store.Find(id) : options.Store.For(image.Volume.Modality, image.Volume.Channels);
        stored.Descriptor.CheckModality(image.Volume.Modality);
        CheckFormats(options, image);
        if (!options.Quiet && stored.Descriptor.DoubtOf(image.Volume.Grid) is { } doubt)
            Messages.Warning(doubt);

        var output = new ResultFiles(options.Out, options.Formats, options.Writer, options.Overwrite, options.WritesUncertainty);
        output.CheckPlace(stored.Descriptor.Structures);
        using var model = options.Load(stored);
        using var writing = output.Begin(image);
        var result = Segment(model, image, options, work.Stage("Segmenting"), writing, cancellation);

        var stage = work.Stage("Writing");
        var files = writing.Finish(result, cancellation);
        stage.Report(1);
        return (image, result, files);
    }

    /// <exception cref="InvalidImageException">Nothing of what is asked for can be written of this image.</exception>
    internal static void CheckFormats(SegmentOptions options, LoadedImage image)
    {
        if (image.Series is null && options.Formats.All(ResultFiles.IsDicom))
            throw new InvalidImageException("DICOM results need DICOM images; 'mrnet convert' makes a series of this image first, or choose --format nifti,png,json.");
    }

    private static string Whole(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    internal static SegmentationResult Segment(
        LoadedModel model, LoadedImage image, SegmentOptions options, IProgress<float> progress, ResultWriting writing, CancellationToken cancellation)
    {
        var report = new Slices(progress);
        return new Segmenter(model, TimeProvider.System).Segment(image.Volume, options.Request, report, writing.Begin, cancellation);
    }

    private sealed class Slices(IProgress<float> progress) : IProgress<SegmentationProgress>
    {
        public void Report(SegmentationProgress value) => progress.Report((float)value.Slices / value.Of);
    }
}
