using System.CommandLine;
using MRNet.Dicom;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet inspect</c>: a header a person can read.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A DICOM or NIfTI file." };
        var hide = new Option<bool>("--hide-patient") { Description = "Leave out what identifies the patient." };
        var command = new MrnetCommand("inspect", "Shows the header of a DICOM or NIfTI file.",
            """
            mrnet inspect out/segmentation.dcm
            mrnet inspect scan.nii.gz
            """)
        { file, hide };

        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            if (!File.Exists(path))
                throw new InvalidImageException($"There is no file {path}.");
            foreach (var line in ImageInput.IsNifti(path) ? NiftiReader.ReadHeader(path).Describe() : Dicom(path, parsed.GetValue(hide)))
                Console.Out.WriteLine(line);
        });
        return command;
    }

    private static string[] Dicom(string path, bool hidePatient)
    {
        try
        {
            var file = DicomFile.Open(path, new DicomReadOptions { Tolerant = true });
            var options = new DicomDumpOptions(hidePatient);
            return [file.FileMetaInfo.Dataset.Dump(options).TrimEnd(), file.Dataset.Dump(options).TrimEnd()];
        }
        catch (DicomException error)
        {
            throw new InvalidImageException($"{Path.GetFileName(path)} is neither DICOM nor NIfTI: {error.Message}", error);
        }
    }
}
