using System.Globalization;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>What a process holds at a moment.</summary>
internal sealed record Held(double Seconds, double Megabytes, int Files, int Threads)
{
    public static Held Of(int process, TimeSpan at)
    {
        var status = File.ReadAllLines($"/proc/{process}/status");
        return new(at.TotalSeconds, Field(status, "VmRSS:") / 1024.0, Directory.GetFileSystemEntries($"/proc/{process}/fd").Length, Field(status, "Threads:"));
    }

    private static int Field(string[] status, string name) =>
        int.Parse(status.Single(line => line.StartsWith(name, StringComparison.Ordinal)).Split(':')[1].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
}
