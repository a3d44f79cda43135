namespace MRNet.Imaging.Tests;

/// <summary>A folder of the test's own, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mrnet-test-");

    public string this[string name] => Path.Combine(folder.FullName, name);

    public string[] Names => [.. folder.GetFiles().Select(file => file.Name).Order()];

    /// <summary>A job that was told to stop may still put down its last file: it is waited for.</summary>
    public void Dispose()
    {
        for (var tries = 50; ; tries--)
        {
            try
            {
                folder.Delete(recursive: true);
                return;
            }
            catch (IOException) when (tries > 0)
            {
                Thread.Sleep(100);
            }
        }
    }
}
