using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>Files of data sets.</summary>
public static class DicomOutput
{
    /// <summary>Writes a Part 10 file under a temporary name and renames it when complete; Explicit VR Little Endian unless the data set says another syntax.</summary>
    /// <exception cref="InvalidImageException">A value may not be written so.</exception>
    /// <exception cref="ResourceLimitException">The disk is full, or the place cannot be written.</exception>
    public static void SaveAs(this DicomDataset dataset, string path)
    {
        try
        {
            new DicomFile(dataset).Save(path);
        }
        catch (DicomException error) when (error.InnerException is IOException or UnauthorizedAccessException)
        {
            throw new ResourceLimitException($"{Path.GetFileName(path)}: {error.Message}", error);
        }
        catch (DicomException error)
        {
            throw Translated.Of(error, Path.GetFileName(path), null);
        }
    }
}
