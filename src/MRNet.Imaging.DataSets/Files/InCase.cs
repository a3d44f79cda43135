namespace MRNet.Imaging.DataSets;

/// <summary>Says of an error which case and file it is about; the readers of files do not know.</summary>
internal static class InCase
{
    public static T Read<T>(string name, string path, Func<T> read)
    {
        var where = $"{name}, {Path.GetFileName(path)}";
        try
        {
            return read();
        }
        catch (InvalidImageException error)
        {
            throw new InvalidImageException($"{where}: {error.Message}", error);
        }
        catch (UnsupportedImageException error)
        {
            throw new UnsupportedImageException($"{where}: {error.Message}", error);
        }
        catch (ResourceLimitException error)
        {
            throw new ResourceLimitException($"{where}: {error.Message}", error);
        }
    }
}
