using System.Diagnostics;

namespace MRNet.Dicom.Fuzz;

/// <summary>An intact example of a format and how it is read.</summary>
/// <param name="Read">Reads the bytes as a user's command would; throws what a user would see.</param>
public sealed record Seed(byte[] Bytes, Action<byte[]> Read);

/// <summary>A parser or codec with its examples.</summary>
/// <param name="MostBytes">What one reading may allocate beyond 60 times what it was given: a decoded frame, a buffer.</param>
public sealed record Target(string Name, IReadOnlyList<Seed> Seeds, long MostBytes = 64L << 20);

/// <summary>What a campaign met.</summary>
/// <param name="Faults">A sentence for each mutant that was not answered as it should be; empty when all is well.</param>
/// <param name="Slowest">Of one mutant, in processor time of this process.</param>
/// <param name="MostAllocated">Bytes of managed memory allocated for one mutant: no less than the heap grew.</param>
public sealed record Findings(string Name, int Mutants, int Refused, IReadOnlyList<string> Faults, TimeSpan Slowest, long MostAllocated);

/// <summary>Gives a reader damaged examples, the same ones for the same number: each must be read or refused by one family of errors, soon and in little memory.</summary>
public static class Campaign
{
    private const int FaultsKept = 20;

    /// <param name="seed">Of the random numbers.</param>
    /// <param name="isOurs">The family of errors.</param>
    /// <param name="atMost">Processor time for one mutant; null when others run in this process and it cannot be told.</param>
    /// <param name="keep">Called with each mutant before it is read: a decoder that takes the process with it leaves it behind.</param>
    public static Findings Run(Target target, int mutants, int seed, Func<Exception, bool> isOurs, TimeSpan? atMost = null, Action<byte[]>? keep = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(isOurs);
        var random = new Random(seed);
        var (faults, slowest, most, refused) = (new List<string>(), TimeSpan.Zero, 0L, 0);
        for (var i = 0; i < mutants; i++)
        {
            var from = random.Next(target.Seeds.Count);
            var mutant = Damage.To(target.Seeds[from].Bytes, random);
            keep?.Invoke(mutant);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var (clock, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            var error = ErrorOf(target.Seeds[from], mutant);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            // What waits for nothing takes as long as its processor time; what was kept from the processor does not count.
            var took = TimeSpan.FromTicks(Math.Min(Stopwatch.GetElapsedTime(clock).Ticks, (Environment.CpuUsage.TotalTime - processor).Ticks));
            (slowest, most) = (took > slowest ? took : slowest, Math.Max(most, allocated));
            refused += error is null ? 0 : 1;

            var fault = error is not null && !isOurs(error) ? $"a foreign error: {error}"
                : allocated > target.MostBytes + (60L * mutant.Length) ? $"{allocated} bytes allocated for {mutant.Length}"
                : took > atMost ? $"{took.TotalSeconds:0.0} s"
                : null;
            if (fault is not null && faults.Count < FaultsKept)
                faults.Add($"{target.Name}, mutant {i} of seed {seed} (example {from}): {fault}");
        }

        return new(target.Name, mutants, refused, faults, slowest, most);
    }

    private static Exception? ErrorOf(Seed seed, byte[] mutant)
    {
        try
        {
            seed.Read(mutant);
            return null;
        }
        catch (Exception error)
        {
            return error;
        }
    }
}
