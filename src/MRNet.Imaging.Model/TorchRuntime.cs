using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Model;

/// <summary>
/// Settings that libtorch reads from the environment when it is loaded. Its OpenMP threads wait for each other by spinning:
/// where another program needs the processors too, a network of 0.4 s took 2 to 28 s. Passive waiting costs nothing
/// measurable on an idle machine. See decisions/0006-passive-waiting.md.
/// </summary>
internal static partial class TorchRuntime
{
#pragma warning disable CA2255 // must happen before the first tensor, whoever makes it; there is no later moment
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void WaitPassively()
    {
        if (!OperatingSystem.IsWindows())
            SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0); // .NET's own SetEnvironmentVariable does not reach native code
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
