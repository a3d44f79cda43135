using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet anonymize</c>: DICOM files without the patient.</summary>
internal static class AnonymizeCommand
{
    private static readonly Argument<string> Input = new("IN") { Description = "A DICOM file or a folder of them." };
    private static readonly Argument<string> Output = new("OUT") { Description = "Folder for the new files; made when absent. Their names are new UIDs." };
    private static readonly Option<bool> Dates = new("--retain-dates") { Description = "Keep dates, moved back by one number of days for each patient." };
    private static readonly Option<bool> Uids = new("--retain-uids") { Description = "Keep UIDs, so that the files still fit objects made from the originals." };
    private static readonly Option<bool> Device = new("--retain-device") { Description = "Keep stations and serial numbers." };
    private static readonly Option<bool> Descriptors = new("--clean-descriptors") { Description = "Keep descriptions without words of names and identifiers and without longer numbers; look through them." };
    private static readonly Option<string?> Key = new("--key") { Description = "A file whose content makes pseudonyms and UIDs the same in every run; without it each run makes others.", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new MrnetCommand("anonymize", "Writes DICOM files without the patient: the Basic Profile of DICOM PS3.15, with the options named below (compared with the 2013 edition; attributes that it does not name go by their VR). Pixels are not looked at; files that say names are burned in are refused.",
            """
            mrnet anonymize study anonymous
            mrnet anonymize study anonymous --retain-dates --clean-descriptors --key secret.key
            """)
        { Input, Output, Dates, Uids, Device, Descriptors, Key, CommonOptions.Quiet };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var deidentifier = new Deidentifier(new()
        {
            Key = KeyOf(parsed.GetValue(Key)),
            RetainDates = parsed.GetValue(Dates),
            RetainUids = parsed.GetValue(Uids),
            RetainDevice = parsed.GetValue(Device),
            CleanDescriptors = parsed.GetValue(Descriptors),
        });
        var (input, output) = (parsed.GetRequiredValue(Input), parsed.GetRequiredValue(Output));
        var (written, others) = (0, 0);
        foreach (var path in Files(input))
        {
            if (One(path, output, deidentifier))
                written++;
            else
                others++;
        }

        if (written == 0)
            throw new InvalidImageException($"{input} holds no DICOM file.");
        if (!parsed.GetValue(CommonOptions.Quiet))
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{output}: {written} files{(others > 0 ? $", {others} that are no DICOM images left out" : "")}. Look at the pictures before they leave the house."));
        return 0;
    }

    private static string[] Files(string input)
    {
        if (File.Exists(input))
            return [input];
        if (!Directory.Exists(input))
            throw new InvalidImageException($"There is no file or folder {input}.");
        return [.. Directory.EnumerateFiles(input, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    /// <returns>False for what is no DICOM object: also a DICOMDIR, whose records name the patients.</returns>
    private static bool One(string path, string output, Deidentifier deidentifier)
    {
        if (!DicomFile.HasValidHeader(path))
            return false;
        try
        {
            var dataset = DicomFile.Open(path).Dataset;
            if (dataset.GetValueCount(DicomTag.SOPInstanceUID) == 0)
                return false;
            var result = deidentifier.Apply(dataset);
            var folder = Path.Combine(output, result.GetString(DicomTag.SeriesInstanceUID));
            Directory.CreateDirectory(folder);
            result.SaveAs(Path.Combine(folder, result.GetString(DicomTag.SOPInstanceUID) + ".dcm"));
            return true;
        }
        catch (DicomValueException error)
        {
            throw new UnsupportedImageException($"{Path.GetFileName(path)}: {error.Message}", error);
        }
        catch (DicomException error)
        {
            throw new InvalidImageException($"{Path.GetFileName(path)}: {error.Message}", error);
        }
    }

    private static byte[] KeyOf(string? file)
    {
        if (file is null)
            return RandomNumberGenerator.GetBytes(32);
        if (!File.Exists(file))
            throw new InvalidImageException($"There is no file {file} for --key.");
        return SHA256.HashData([.. Encoding.ASCII.GetBytes("mrnet anonymize\0"), .. File.ReadAllBytes(file)]);
    }
}
