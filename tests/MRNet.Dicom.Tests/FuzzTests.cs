using System.Buffers.Binary;
using System.Diagnostics;

namespace MRNet.Dicom.Tests;

/// <summary>Damaged files: our own errors only, soon, and without much memory. MRNET_FUZZ sets the number of mutants, MRNET_FUZZ_SEED others than the usual.</summary>
public class FuzzTests
{
    private const long MemoryBeyondFile = 64L << 20;

    private static readonly int Seed = int.TryParse(Environment.GetEnvironmentVariable("MRNET_FUZZ_SEED"), out var seed) ? seed : 20240101;

    private static int Mutants => int.TryParse(Environment.GetEnvironmentVariable("MRNET_FUZZ"), out var count) ? count : 2000;

    [Fact]
    public void Mutated_files_give_a_data_set_or_our_own_error()
    {
        byte[][] seeds = [.. Shared.Files().Select(File.ReadAllBytes).Where(bytes => bytes.Length < 120_000)];
        var random = new Random(Seed);
        for (var i = 0; i < Mutants; i++)
        {
            var seed = random.Next(seeds.Length);
            var mutant = Mutated(seeds[seed], random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();

            var foreign = Read(mutant, tolerant: i % 2 == 0);

            Assert.True(foreign is null, $"mutant {i} of seed {seed}: {foreign}");
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"mutant {i} of seed {seed} took {watch.Elapsed}: it hangs");
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MemoryBeyondFile + (60L * mutant.Length), $"mutant {i} of seed {seed} allocated {GC.GetAllocatedBytesForCurrentThread() - before}");
        }
    }

    [Fact]
    public void Mutated_streams_give_a_frame_or_our_own_error()
    {
        var random = new Random(3);
        var samples = Enumerable.Range(0, 40 * 30).Select(i => (i * 37) % 4096).ToArray();
        var info = new FrameInfo(40, 30, 1, 16, 12, IsSigned: false);
        var frame = new byte[info.Bytes];
        for (var i = 0; i < samples.Length; i++)
            info.Write(frame, i, samples[i]);
        (DicomTransferSyntax Syntax, byte[] Stream)[] seeds =
        [
            (DicomTransferSyntax.RLELossless, RleCodec.Encode(frame, info)),
            (DicomTransferSyntax.JPEGProcess14, JpegLosslessEncoder.Encode(samples, 40, 30, 1, 12, predictor: 5, restartRows: 4)),
            (DicomTransferSyntax.DeflatedImageFrame, DeflatedFrameCodec.Encode(frame)),
        ];
        for (var i = 0; i < Mutants; i++)
        {
            var (syntax, stream) = seeds[i % seeds.Length];
            try
            {
                FrameCodecs.Decode(syntax, Mutated(stream, random), info);
            }
            catch (DicomCodecException)
            {
                // wanted
            }
        }
    }

    [Fact]
    public void A_length_beyond_the_file_is_refused_before_memory_is_taken()
    {
        using var stream = new MemoryStream();
        new DicomFile(Some.Image(4, 4, 8, new byte[16])).Save(stream);
        var bytes = stream.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(bytes.Length - 20), 0xF0000000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<DicomFileException>(() => DicomFile.Open(bytes));

        Assert.Contains("has a length of 4026531840, and 16 bytes are left", error.Message, StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.5")]
    [InlineData("1.2.840.10008.1.2.4.70")]
    [InlineData("1.2.840.10008.1.2.8.1")]
    public void A_large_frame_from_a_small_stream_is_refused_before_memory_is_taken(string uid)
    {
        var dataset = Some.Image(40000, 40000, 8, []);
        dataset.InternalTransferSyntax = DicomTransferSyntax.Parse(uid);
        dataset.AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, [], new byte[1000]));

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DicomCodecException>(() => DicomPixelData.Create(dataset).GetFrame(0));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
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

    private static Exception? Read(byte[] bytes, bool tolerant)
    {
        try
        {
            var dataset = DicomFile.Open(bytes, new() { Tolerant = tolerant }).Dataset;
            dataset.Dump();
            dataset.TryGetSingleValue<double>(DicomTag.RescaleSlope, out _);
            if (dataset.Find(DicomTag.PixelData) is not null)
            {
                var pixels = DicomPixelData.Create(dataset);
                // Pictures beyond 16 MB are legal and not what is tested here.
                if ((long)pixels.Width * pixels.Height * pixels.SamplesPerPixel < 4 << 20)
                {
                    pixels.GetFrame(0);
                    if (pixels.SamplesPerPixel == 3 || pixels.PhotometricInterpretation == "PALETTE COLOR")
                        pixels.GetRgbFrame(0);
                }
            }

            using var written = new MemoryStream();
            new DicomFile(dataset).Save(written);
            return null;
        }
        catch (DicomException)
        {
            return null;
        }
        catch (Exception foreign)
        {
            return foreign;
        }
    }

    private static byte[] Mutated(byte[] seed, Random random)
    {
        var bytes = (byte[])seed.Clone();
        for (var n = random.Next(1, 13); n > 0; n--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        if (random.Next(4) == 0)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(random.Next(bytes.Length - 4)), random.Next(2) == 0 ? uint.MaxValue : (uint)random.Next());
        return random.Next(4) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }
}
