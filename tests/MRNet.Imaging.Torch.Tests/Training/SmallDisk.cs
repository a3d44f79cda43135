using System.Diagnostics;

namespace MRNet.Imaging.Torch.Tests.Training;

/// <summary>A file system of a few megabytes in a folder; the test is skipped for a user who may not mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string folder;

    public SmallDisk(string folder, int megabytes)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A tmpfs needs Linux.");
        this.folder = Directory.CreateDirectory(folder).FullName;
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", folder) == 0, "A tmpfs cannot be mounted here; that needs root.");
    }

    /// <param name="file">Takes all room but so many bytes.</param>
    public void Fill(string file, long leaving)
    {
        using var stream = File.Create(file);
        var room = new DriveInfo(folder).AvailableFreeSpace - leaving;
        stream.Write(new byte[room]);
    }

    public void Dispose() => Run("umount", folder);

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
