using MRNet.Dicom.Fuzz;

namespace MRNet.Dicom.Tests;

/// <summary>
/// Damaged input: our own errors only, and without much memory. A few hundred mutants of each here; the campaign itself is
/// the program MRNet.Dicom.Fuzz, which also measures time. MRNET_FUZZ sets the number of mutants, MRNET_FUZZ_SEED other ones.
/// </summary>
public class FuzzTests
{
    private static readonly int Mutants = Number("MRNET_FUZZ", 300);
    private static readonly int Seed = Number("MRNET_FUZZ_SEED", 1);

    public static TheoryData<string> Readers => [.. Targets.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Readers))]
    public void Damaged_input_is_read_or_refused(string reader)
    {
        var target = Targets.All.Single(target => target.Name == reader);
        Assert.SkipWhen(target.Seeds.Count == 0, "its samples are not present, or its library is not installed");

        Assert.Empty(Campaign.Run(target, Mutants, Seed, error => error is DicomException).Faults);
    }

    [Fact]
    public void The_shortest_example_can_be_damaged()
    {
        var random = new Random(1);

        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.InRange(Damage.To([1, 2], random).Length, 0, 4));
    }

    [Fact]
    public void Nesting_beyond_the_limit_is_refused()
    {
        var dataset = new DicomDataset();
        for (var i = 0; i < 100; i++)
            dataset = new DicomDataset().Add(DicomTag.SegmentSequence, dataset);

        var error = Assert.Throws<DicomFileException>(() => Some.Again(dataset));

        Assert.Contains("64", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_deflate_bomb_is_refused()
    {
        using var stream = new MemoryStream();
        new DicomFile(Some.Image(4000, 4000, 8, new byte[16_000_000])).Save(stream, DicomTransferSyntax.DeflatedExplicitVRLittleEndian);

        Assert.Throws<DicomFileException>(() => DicomFile.Open(stream.ToArray(), new() { MaximumInflateRatio = 10 }));
        Assert.Equal(4000, DicomFile.Open(stream.ToArray()).Dataset.GetSingleValue<int>(DicomTag.Rows));
    }

    private static int Number(string variable, int usual) => int.TryParse(Environment.GetEnvironmentVariable(variable), out var number) ? number : usual;
}
