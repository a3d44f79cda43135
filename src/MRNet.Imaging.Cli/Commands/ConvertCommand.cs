using System.CommandLine;
using System.Text.Json;
using MRNet.Imaging.Cli.Files;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet convert</c>: DICOM to NIfTI and back, geometry kept.</summary>
internal static class ConvertCommand
{
    private static readonly Argument<string> Input = new("INPUT") { Description = "A DICOM folder or file, a NIfTI file, or a picture." };
    private static readonly Argument<string> Output = new("OUTPUT") { Description = "A .nii or .nii.gz file, a .png for one slice, or a folder for a DICOM series." };
    private static readonly InputOptions Reading = new();
    private static readonly Option<string?> Identity = new("--identity") { Description = "For a DICOM series: JSON with patientId, patientName, studyInstanceUid ...; anonymous when absent.", HelpName = "FILE.json" };
    private static readonly Option<string?> Laterality = new("--laterality") { Description = "For a DICOM photograph of an eye: R or L." };
    private static readonly Option<bool> Overwrite = new("--overwrite") { Description = "Replace what is there." };

    public static Command Create()
    {
        var command = new MrnetCommand("convert", "Converts between DICOM, NIfTI and pictures; positions in the patient are kept.",
            """
            mrnet convert ct-series ct.nii.gz
            mrnet convert scan.nii.gz dicom-series --modality MR
            mrnet convert fundus.jpg dicom-photograph --modality OP --laterality R
            """)
        { Input, Output, Identity, Laterality, Overwrite, CommonOptions.Quiet, CommonOptions.Verbose };
        Laterality.AcceptOnlyFromAmong("R", "L");
        Reading.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (input, output) = (parsed.GetRequiredValue(Input), parsed.GetRequiredValue(Output));
        if (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any())
            throw new InvalidImageException($"The folder {output} is not empty; two series would be mixed. Give a new or an empty one.");
        if (!parsed.GetValue(Overwrite) && File.Exists(output))
            throw new InvalidImageException($"{output} exists; give --overwrite to replace it, or another name.");

        var files = ProgressBar.Run(parsed.GetValue(CommonOptions.Quiet), work =>
        {
            var image = ImageInput.Read([input], Reading.Read(parsed), work.Stage("Reading"), cancellation);
            if (parsed.GetValue(CommonOptions.Verbose))
                foreach (var note in image.Volume.Notes)
                    Messages.Note(note);
            return Write(image, output, parsed.GetValue(Identity), Installation.WriterOptions() with { Laterality = parsed.GetValue(Laterality) }, cancellation);
        });
        if (!parsed.GetValue(CommonOptions.Quiet))
            Console.Out.WriteLine($"{output}: {files}");
    }

    private static string Write(LoadedImage image, string output, string? identity, WriterOptions options, CancellationToken cancellation)
    {
        var grid = image.Volume.Grid;
        var size = $"{grid.Columns} x {grid.Rows} x {grid.Slices} voxels";
        if (ImageInput.IsNifti(output))
        {
            NiftiWriter.Write(output, image.Volume, "MRNet.Imaging");
            return size;
        }

        if (output.EndsWith(".png", StringComparison.OrdinalIgnoreCase))
        {
            if (grid.Slices > 1)
                throw new InvalidImageException($"A PNG holds one slice; the image has {grid.Slices}. Convert to .nii.gz or to a folder.");
            PictureWriter.Write(output, image.Volume);
            return size;
        }

        if (image.Series is not null)
            throw new InvalidImageException($"The input is DICOM already; expected an output that ends in .nii, .nii.gz or .png, found {Path.GetFileName(output)}.");
        if (image.Volume.Modality.Length == 0)
            throw new InvalidImageException("A DICOM series needs a modality, which the input does not say; give --modality CT, MR or OP.");
        using var staged = new StagedFolder(output);
        var files = DicomImageWriter.WriteFolder(image.Volume, staged.Path, Read(identity) ?? ImageIdentity.Anonymous(options.NewUid), options, cancellation);
        staged.Commit();
        return $"{files.Count} DICOM file{(files.Count == 1 ? "" : "s")}, {size}";
    }

    private static ImageIdentity? Read(string? path)
    {
        if (path is null)
            return null;
        try
        {
            return JsonSerializer.Deserialize<ImageIdentity>(File.ReadAllText(path), JsonSerializerOptions.Web) ?? throw new JsonException("it is null");
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidImageException($"The identity {Path.GetFileName(path)} cannot be read: {error.Message}", error);
        }
    }
}
