using System.Runtime.InteropServices;

namespace MRNet.Imaging.Model.Inference;

/// <summary>Memory that is free again and that the C library keeps for whoever asks next.</summary>
internal static partial class FreedMemory
{
    /// <summary>
    /// Gives it back to the system. While a network is folded that is its plain weights: pieces between those that stay, which
    /// the C library does not give back by itself.
    /// </summary>
    public static void GiveBack()
    {
        if (OperatingSystem.IsLinux()) // libtorch for Linux stands on glibc, which has this
            _ = Trim(0);
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Trim(nuint keep);
}
