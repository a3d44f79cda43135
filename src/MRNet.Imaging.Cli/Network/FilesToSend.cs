using MRNet.Dicom;
using MRNet.Dicom.Network;

namespace MRNet.Imaging.Cli.Network;

/// <summary>The objects among what the user named.</summary>
internal static class FilesToSend
{
    /// <summary>Files as named; of folders all DICOM files in them, however deep.</summary>
    /// <exception cref="InvalidImageException">Nothing there, or a named file is no DICOM object.</exception>
    public static IReadOnlyList<OutgoingObject> Of(IEnumerable<string> paths)
    {
        var objects = new List<OutgoingObject>();
        foreach (var path in paths)
        {
            if (Directory.Exists(path))
                objects.AddRange(Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where(DicomFile.HasValidHeader).Select(One));
            else if (File.Exists(path))
                objects.Add(One(path));
            else
                throw new InvalidImageException($"There is no file or folder {path}.");
        }

        return objects.Count > 0 ? objects : throw new InvalidImageException($"There is no DICOM file in {string.Join(", ", paths)}.");
    }

    private static OutgoingObject One(string path)
    {
        try
        {
            return OutgoingObject.FromFile(path);
        }
        catch (DicomException error)
        {
            throw new InvalidImageException(error.Message, error);
        }
    }
}
