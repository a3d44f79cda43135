namespace MRNet.Imaging.Torch.Tests;

/// <summary>A folder of the test's own, gone with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("mrnet-test-");

    public string this[string name] => Path.Combine(folder.FullName, name);

    public string[] Names => [.. folder.GetFiles().Select(file => file.Name).Order()];

    public void Dispose() => folder.Delete(recursive: true);
}
