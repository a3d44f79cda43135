namespace MRNet.Imaging.Server.Files;

/// <summary>Two processes that change one file take turns, by a lock file beside it.</summary>
internal static class Exclusive
{
    private const int Tries = 100;

    /// <exception cref="ResourceLimitException">Another process holds it for seconds.</exception>
    public static FileStream Hold(string path)
    {
        for (var i = 0; ; i++)
            try
            {
                var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
                if (!OperatingSystem.IsWindows())
                    options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                return new FileStream(path, options);
            }
            catch (IOException) when (i < Tries)
            {
                Thread.Sleep(20);
            }
            catch (IOException error)
            {
                throw new ResourceLimitException($"Another process holds {path}; try again when it has ended.", error);
            }
    }
}
