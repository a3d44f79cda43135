using System.Diagnostics;

namespace MRNet.Imaging.Faults.Tests.Files;

/// <summary>
/// Spoilt files of every format that is read here: the content or one of our own exceptions, soon, and without much memory.
/// DICOM has the same in MRNet.Dicom.Tests and MRNet.Dicom.Fuzz. MRNET_MUTANTS sets how many.
/// </summary>
public sealed class MutatedFilesTests : IDisposable
{
    private const long Allocated = 512L << 20;

    /// <summary>A hang, on whatever machine; the slowest one's time is among the figures.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromMinutes(1);

    private static readonly int Mutants = Campaign.Size("MRNET_MUTANTS", quick: 500, full: 100_000);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("nifti"), InlineData("gzip"), InlineData("png"), InlineData("jpeg"), InlineData("safetensors"), InlineData("pth")]
    public void Only_our_own_errors_come_soon_and_without_much_memory(string name)
    {
        var format = Format.Of(name, folder);
        var random = new Random(Campaign.Seed);
        var (read, refused, slowest, most) = (0, 0, TimeSpan.Zero, 0L);
        foreach (var sample in format.Samples)
            Assert.NotNull(Try(format, sample, out _, out _, out _)); // the whole ones are read, or the mutants test nothing

        for (var n = 0; n < Mutants; n++)
        {
            var mutant = format.Spoil(format.Samples[n % format.Samples.Length], random);
            var content = Try(format, mutant, out var foreign, out var took, out var allocated);
            if (foreign is not null || took > Hang || allocated > Allocated)
                Assert.Fail($"Mutant {n} of {name}, seed {Campaign.Seed}: {foreign?.ToString() ?? $"{took}, {allocated} bytes"}. {Convert.ToBase64String(mutant)}");
            _ = content is null ? refused++ : read++;
            (slowest, most) = (took > slowest ? took : slowest, Math.Max(most, allocated));
        }

        Campaign.Tell($"mutants, {name}", FormattableString.Invariant($"{Mutants}: {read} read, {refused} refused, none foreign; slowest {slowest.TotalSeconds:0.00} s, most allocated {most / 1048576.0:0.0} MiB"));
        Assert.True(refused > Mutants / 10, "The mutants are too tame.");
    }

    /// <returns>What was read; null when it was refused, or when something else went wrong.</returns>
    private object? Try(Format format, byte[] file, out Exception? foreign, out TimeSpan took, out long allocated)
    {
        var path = folder["mutant" + format.Ending];
        File.WriteAllBytes(path, file);
        foreign = null;
        var (before, clock) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        try
        {
            return format.Read(path);
        }
        catch (ImagingException)
        {
            return null;
        }
        catch (Exception error)
        {
            foreign = error;
            return null;
        }
        finally
        {
            (took, allocated) = (clock.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
