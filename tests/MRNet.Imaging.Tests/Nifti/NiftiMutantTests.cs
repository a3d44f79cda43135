using System.IO.Compression;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.Nifti;

public class NiftiMutantTests
{
    [Fact]
    public void No_damage_brings_a_foreign_exception()
    {
        var seeds = Seeds().ToArray();
        var random = new Random(20210619);
        var (read, refused) = (0, 0);

        for (var n = 0; n < 6000; n++)
        {
            var mutant = Mutate([.. seeds[n % seeds.Length]], random);
            try
            {
                using var stream = new MemoryStream(n % 3 == 0 ? Zipped(mutant, random) : mutant);
                NiftiReader.Read(stream, new() { VolumeIndex = n % 5 == 0 ? 0 : null, SlicesAreChannels = n % 7 == 0, MaxSamples = 1 << 20 });
                read++;
            }
            catch (ImagingException)
            {
                refused++;
            }
        }

        Assert.InRange(read, 500, 5500); // else the mutants test nothing
        Assert.InRange(refused, 500, 5500);
    }

    [Fact]
    public void A_damaged_header_can_still_be_described_or_is_refused()
    {
        using var folder = new TemporaryFolder();
        var seeds = Seeds().ToArray();
        var random = new Random(7);

        for (var n = 0; n < 1000; n++)
        {
            try
            {
                _ = NiftiHeader.Parse(Mutate([.. seeds[n % seeds.Length]], random)).Describe().ToArray();
            }
            catch (ImagingException)
            {
                // what a reader is for
            }
        }
    }

    private static IEnumerable<byte[]> Seeds()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["float.nii"], Some.Volume(Some.ObliqueGrid()));
        NiftiWriter.Write(folder["channels.nii"], Some.Volume(channels: 2));
        NiftiWriter.Write(folder["mask.nii"], Some.Grid(), new byte[60].AsSpan());
        foreach (var name in folder.Names)
            yield return File.ReadAllBytes(folder[name]);

        if (Shared.Folder is not { } shared)
            yield break;
        foreach (var name in new[] { "big_endian_int16.nii", "extension.nii", "nifti2_int16.nii.gz", "rgb24.nii.gz", "dim2.nii.gz", "qform_only.nii.gz" })
            yield return Unzipped(File.ReadAllBytes(Path.Combine(shared, "data", "nifti", "synthetic", name)));
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var at = random.Next(4) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, 360));
            bytes[at] = random.Next(3) switch
            {
                0 => (byte)random.Next(256),
                1 => (byte)(bytes[at] ^ (1 << random.Next(8))),
                _ => random.Next(2) == 0 ? (byte)0 : (byte)255,
            };
        }

        return random.Next(10) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static byte[] Zipped(byte[] bytes, Random random)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);

        var result = zipped.ToArray();
        if (random.Next(2) == 0)
            result[random.Next(result.Length)] ^= (byte)(1 << random.Next(8));
        return random.Next(4) == 0 ? result[..random.Next(result.Length)] : result;
    }

    private static byte[] Unzipped(byte[] bytes)
    {
        if (bytes is not [0x1f, 0x8b, ..])
            return bytes;
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}
