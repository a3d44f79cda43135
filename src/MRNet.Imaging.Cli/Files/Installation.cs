using System.Security.Cryptography;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Cli.Files;

/// <summary>
/// What marks the objects this installation writes: a random number, made once for each user, that says nothing of the
/// machine (DICOM wants a Device Serial Number).
/// </summary>
internal static class Installation
{
    public static WriterOptions WriterOptions() => new() { InstallationId = Id() };

    private static string Id()
    {
        var file = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "mrnet", "installation");
        try
        {
            if (File.Exists(file) && File.ReadAllText(file).Trim() is { Length: 32 } known && known.All(char.IsAsciiHexDigit))
                return known;

            var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, id);
            return id;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return RandomNumberGenerator.GetHexString(32, lowercase: true); // no home to keep it in: a new one each time
        }
    }
}
