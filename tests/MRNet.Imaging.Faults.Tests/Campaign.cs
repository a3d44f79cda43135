using System.Globalization;

// Figures are of one fault at a time.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace MRNet.Imaging.Faults.Tests;

/// <summary>
/// How thoroughly a fault is tried. Quick in CI; <c>MRNET_FAULTS=full</c> takes the full form, and a number beside it another
/// size of one row: <c>MRNET_FAULTS=full MRNET_MUTANTS=100000</c>. The full form writes its figures into results.md.
/// </summary>
internal static class Campaign
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("MRNET_FAULTS") == "full";

    /// <summary>Moves the random choices of a run; the same seed makes the same ones.</summary>
    public static int Seed { get; } = Number("MRNET_FAULTS_SEED") ?? 20261128;

    /// <param name="setting">Environment variable that sets another size.</param>
    public static int Size(string setting, int quick, int full) => Number(setting) ?? (IsFull ? full : quick);

    /// <summary>Says what was counted, and in the full form keeps it.</summary>
    public static void Tell(string fault, string figures)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{fault}: {figures}");
        if (!IsFull)
            return;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "?";
        var row = $"| {fault} | {figures} | {DateTime.UtcNow:yyyy-MM-dd HH:mm} | {load} | {Commit} |\n";
        File.AppendAllText(Path.Combine(Repository.Root, "tests", "MRNet.Imaging.Faults.Tests", "results.md"), row);
    }

    /// <summary>Of the sources that were built; git is asked once.</summary>
    private static string Commit { get; } = MrnetProgram.Shell($"git -C '{Repository.Root}' rev-parse --short HEAD 2>/dev/null || echo -").Output.Trim();

    private static int? Number(string setting) =>
        int.TryParse(Environment.GetEnvironmentVariable(setting), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
