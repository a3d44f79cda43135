using System.Runtime.InteropServices;

namespace MRNet.Imaging.Benchmarks;

/// <summary>What a number was measured on. Load and peak memory are known on Linux only.</summary>
internal static class Machine
{
    public static string Describe() =>
        $"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, libtorch {__version__}, {get_num_threads()} threads";

    /// <summary>Runnable processes over 1, 5 and 15 minutes.</summary>
    public static string Load() => Lines("/proc/loadavg").Select(line => string.Join(' ', line.Split(' ')[..3])).FirstOrDefault("unknown");

    /// <summary>Lets the peak start anew from what is used now.</summary>
    public static void ResetPeak()
    {
        if (File.Exists("/proc/self/clear_refs"))
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    /// <summary>Largest resident memory since <see cref="ResetPeak"/>, in MB.</summary>
    public static double PeakMb() =>
        Lines("/proc/self/status").Where(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Select(line => double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]) / 1024).FirstOrDefault(double.NaN);

    public static string Processor() =>
        Lines("/proc/cpuinfo").Where(line => line.StartsWith("model name", StringComparison.Ordinal)).Select(line => line.Split(':')[1].Trim()).FirstOrDefault(RuntimeInformation.ProcessArchitecture.ToString());

    private static IEnumerable<string> Lines(string path) => File.Exists(path) ? File.ReadLines(path) : [];
}
