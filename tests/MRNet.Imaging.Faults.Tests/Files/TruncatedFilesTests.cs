using MRNet.Imaging.Files;

namespace MRNet.Imaging.Faults.Tests.Files;

/// <summary>Samples cut at every length up to 4 KiB and at chosen ones beyond: refused, or the same as the whole, never another image. MRNET_CUTS sets how many of them.</summary>
public sealed class TruncatedFilesTests : IDisposable
{
    private const int EveryUpTo = 4096;

    private static readonly int Beyond = Campaign.Size("MRNET_CUTS", quick: 20, full: 1000);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("nifti"), InlineData("gzip"), InlineData("png"), InlineData("jpeg"), InlineData("safetensors"), InlineData("pth")]
    public void A_cut_file_is_refused_or_the_same(string name)
    {
        var format = Format.Of(name, folder);

        Cut(name, format.Ending, format.Samples, format.Read);
    }

    [Fact]
    public void A_cut_DICOM_file_is_refused_or_the_same()
    {
        static object ReadSeries(string path) => ImageInput.Read([path], new(), null, CancellationToken.None).Volume;

        Cut("DICOM", ".dcm", [.. Dicom().Where(file => Read(file, ".dcm", ReadSeries) is not null)], ReadSeries); // some syntaxes are not decoded here
    }

    private void Cut(string name, string ending, byte[][] samples, Func<string, object> read)
    {
        var (cuts, same) = (0, 0);
        foreach (var sample in samples)
        {
            var whole = Read(sample, ending, read);
            Assert.NotNull(whole);
            foreach (var length in Lengths(sample.Length))
            {
                cuts++;
                if (Read(sample[..length], ending, read) is not { } part)
                    continue;
                same++;
                Assert.True(IsSame(whole, part), $"{name} of {sample.Length} bytes, cut at {length}, is read as something else.");
            }
        }

        Campaign.Tell($"cut files, {name}", $"{samples.Length} samples, {cuts} cuts: {cuts - same} refused, {same} the same, 0 others");
    }

    /// <summary>Null: refused, as it should be.</summary>
    private object? Read(byte[] file, string ending, Func<string, object> read)
    {
        var path = folder["cut" + ending];
        File.WriteAllBytes(path, file);
        try
        {
            return read(path);
        }
        catch (ImagingException)
        {
            return null;
        }
    }

    private static bool IsSame(object whole, object part) => (whole, part) is (Volume a, Volume b)
        ? a.Grid.Equals(b.Grid) && a.Samples.AsSpan().SequenceEqual(b.Samples)
        : whole.Equals(part);

    private static IEnumerable<int> Lengths(int length)
    {
        var step = Campaign.IsFull ? 1 : 29;
        for (var at = 0; at < Math.Min(EveryUpTo, length); at += step)
            yield return at;
        for (var i = 0; i < Beyond && length > EveryUpTo; i++)
            yield return EveryUpTo + (int)((long)(length - EveryUpTo) * i / Beyond);
        yield return length - 1;
    }

    /// <summary>One of ours, and where the shared samples are the same CT image in each transfer syntax.</summary>
    private static byte[][] Dicom()
    {
        var files = new List<string> { Repository.TestData("ct-nodule", "IMG0005.dcm") };
        if (Shared.Folder is { } shared)
            files.AddRange(Directory.GetFiles(Path.Combine(shared, "data", "dicom", "transfer_syntax_same_ct"), "*.dcm").Order().Take(Campaign.IsFull ? 30 : 3));
        return [.. files.Select(File.ReadAllBytes)];
    }
}
