namespace MRNet.Dicom.Tests;

/// <summary>What we write, read by others.</summary>
[Trait("Category", "Interop")]
public class InteropTests
{
    [Theory]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    [InlineData("1.2.840.10008.1.2.5")]
    [InlineData("1.2.840.10008.1.2.4.70")]
    public void Dcmdump_reads_it_without_a_word(string uid)
    {
        Tool.Need("dcmdump");
        Written(uid, path =>
        {
            var (code, output) = Tool.Run("dcmdump", "--quiet", path);
            Assert.True(code == 0, output);
            Assert.Equal("", string.Join('\n', output.Split('\n').Where(line => line.StartsWith("W:", StringComparison.Ordinal) || line.StartsWith("E:", StringComparison.Ordinal))));
        });
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2")]
    [InlineData("1.2.840.10008.1.2.1.99")]
    [InlineData("1.2.840.10008.1.2.5")]
    public void Pydicom_reads_the_same_pixels_and_names(string uid)
    {
        var python = Python();
        Written(uid, path =>
        {
            const string Script = "import sys, pydicom, hashlib; d = pydicom.dcmread(sys.argv[1]); "
                + "print(hashlib.sha256(d.pixel_array.tobytes()).hexdigest(), str(d.PatientName) == '山田^太郎', len(d.SegmentSequence), d.RescaleSlope)";
            var (code, output) = Tool.Run(python, "-c", Script, path);

            Assert.True(code == 0, output);
            Assert.StartsWith($"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Pixels))} True 2 0.25", output, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Dcmdjpeg_decodes_our_lossless_JPEG_to_the_bit()
    {
        Tool.Need("dcmdjpeg");
        Written("1.2.840.10008.1.2.4.70", path =>
        {
            var (code, output) = Tool.Run("dcmdjpeg", path, path + ".native");
            Assert.True(code == 0, output);
            Assert.Equal(Pixels, DicomPixelData.Create(DicomFile.Open(path + ".native").Dataset).GetFrame(0).ToArray());
        });
    }

    /// <summary>Flat, noisy and steep places; lossless and not, every interleaving, parameters of the standard and others.</summary>
    [Theory]
    [InlineData(1, "+el")]
    [InlineData(1, "+el", "+pc")]
    [InlineData(1, "+el", "+t1", "5", "+t2", "20", "+t3", "90", "+rs", "31")]
    [InlineData(1, "+en")]
    [InlineData(1, "+en", "+md", "17")]
    [InlineData(3, "+el", "+il")]
    [InlineData(3, "+el", "+is")]
    [InlineData(3, "+el", "+in")]
    [InlineData(3, "+en", "+md", "5", "+il")]
    [InlineData(3, "+en", "+md", "5", "+is")]
    [InlineData(3, "+en", "+md", "5", "+in")]
    public void Dcmdjpls_and_we_decode_the_same_JPEG_LS(int samples, params string[] options)
    {
        Tool.Need("dcmcjpls");
        var folder = Directory.CreateTempSubdirectory("dicom");
        try
        {
            string At(string name) => Path.Combine(folder.FullName, name);
            foreach (var bits in samples == 3 ? [8] : new[] { 8, 10, 12, 16 })
            {
                new DicomFile(Textured(61, 47, samples, bits)).Save(At("native.dcm"));
                var (code, output) = Tool.Run("dcmcjpls", [.. options, At("native.dcm"), At("packed.dcm")]);
                Assert.True(code == 0, output);
                Assert.Equal(0, Tool.Run("dcmdjpls", At("packed.dcm"), At("unpacked.dcm")).Code);

                var packed = DicomFile.Open(At("packed.dcm")).Dataset;
                Assert.True(packed.InternalTransferSyntax.IsEncapsulated);
                var expected = DicomPixelData.Create(DicomFile.Open(At("unpacked.dcm")).Dataset).GetFrame(0);
                Assert.True(expected.Span.SequenceEqual(DicomPixelData.Create(packed).GetFrame(0).Span), $"{bits} bits");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static DicomDataset Textured(int width, int height, int samples, int bits)
    {
        var random = new Random(bits);
        var values = new int[width * height * samples];
        for (var i = 0; i < values.Length; i++)
        {
            var (x, y) = (i / samples % width, i / samples / width);
            values[i] = ((x / 8 + y / 8) % 3) switch { 0 => 7 * (y / 8), 1 => (x * (i % samples + 1)) + random.Next(6), _ => random.Next(1 << bits) } & ((1 << bits) - 1);
        }

        var bytes = bits == 8 ? Array.ConvertAll(values, value => (byte)value) : [.. values.SelectMany(value => BitConverter.GetBytes((ushort)value))];
        return Some.Image(width, height, bits == 8 ? 8 : 16, [.. bytes, .. new byte[bytes.Length & 1]])
            .AddOrUpdate(DicomTag.BitsStored, bits)
            .AddOrUpdate(DicomTag.HighBit, bits - 1)
            .AddOrUpdate(DicomTag.SamplesPerPixel, samples)
            .AddOrUpdate(DicomTag.PlanarConfiguration, 0)
            .AddOrUpdate(DicomTag.PhotometricInterpretation, samples == 3 ? "RGB" : "MONOCHROME2");
    }

    /// <summary>DCT decoders round differently; one step of the stored value is all they may differ by.</summary>
    [Theory]
    [InlineData("encapsulation/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm")]
    [InlineData("codecs/JPGExtended.dcm")]
    [InlineData("ophthalmic/sample-op.dcm")]
    [InlineData("transfer_syntax_same_ct/CTImage.dcm_JPEGProcess2_4TransferSyntax_1.2.840.10008.1.2.4.51.dcm")]
    public void Dcmdjpeg_and_we_agree_on_grey_DCT_frames(string file)
    {
        Tool.Need("dcmdjpeg");
        var native = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, Tool.Run("dcmdjpeg", Shared.Path(file), native).Code);
            var (expected, actual) = (DicomPixelData.Create(DicomFile.Open(native).Dataset), DicomPixelData.Create(Shared.Dataset(file)));
            var (left, right) = (new float[expected.Width * expected.Height], new float[expected.Width * expected.Height]);
            for (var i = 0; i < expected.NumberOfFrames; i++)
            {
                expected.CopyStoredValues(i, left);
                actual.CopyStoredValues(i, right);
                Assert.True(left.Zip(right, (a, b) => Math.Abs(a - b)).Max() <= 1, $"frame {i}");
            }
        }
        finally
        {
            File.Delete(native);
        }
    }

    private static readonly byte[] Pixels = [.. Enumerable.Range(0, 16 * 12 * 2).Select(i => (byte)(i * i / 7))];

    private static void Written(string uid, Action<string> check)
    {
        var folder = Directory.CreateTempSubdirectory("dicom");
        try
        {
            var dataset = Some.Image(16, 12, 16, Pixels)
                .AddOrUpdate(DicomTag.PatientName, "山田^太郎")
                .Add(DicomTag.RescaleSlope, 0.25)
                .Add(DicomTag.SegmentSequence, new DicomDataset().Add(DicomTag.SegmentNumber, 1), new DicomDataset().Add(DicomTag.SegmentLabel, "Ödem"));
            var syntax = DicomTransferSyntax.Parse(uid);
            var path = Path.Combine(folder.FullName, "a.dcm");
            new DicomFile(DicomTranscoder.Transcode(dataset, syntax)).Save(path);
            check(path);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The first Python that has pydicom and numpy; the one on the path may be another.</summary>
    private static string Python()
    {
        var found = Tool.All("python3").FirstOrDefault(python => Tool.Run(python, "-c", "import pydicom, numpy").Code == 0);
        Assert.SkipWhen(found is null, "no Python with pydicom and numpy");
        return found!;
    }
}
