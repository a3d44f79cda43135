using System.Buffers.Binary;

namespace MRNet.Dicom.Tests;

/// <summary>Small files that ask for gigabytes: refused, and what was allocated on the way (at least what the heap grew) stays below a constant.</summary>
public class DeclaredSizeTests
{
    private const long MostAllocated = 16L << 20;

    private static readonly Dictionary<string, Func<byte[]>> Files = new()
    {
        ["a value"] = () => Ending([0xE0, 0x7F, 0x10, 0, (byte)'O', (byte)'W', 0, 0, 0xF0, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4]),
        ["a text"] = () => Ending([0x10, 0, 0, 0x40, (byte)'U', (byte)'T', 0, 0, 0xFE, 0xFF, 0xFF, 0x7F, 65, 66]),
        ["an unknown value"] = () => Ending([0x11, 0, 0x10, 0x10, (byte)'U', (byte)'N', 0, 0, 0, 0, 0, 0x80, 1, 2]),
        ["a sequence"] = () => Ending([0x62, 0, 2, 0, (byte)'S', (byte)'Q', 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0]),
        ["an item"] = () => Ending([0x62, 0, 2, 0, (byte)'S', (byte)'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0xF0, 1, 2]),
        ["an offset table"] = () => Ending([0xE0, 0x7F, 0x10, 0, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0x80, 1, 2]),
        ["a fragment"] = () => Ending([0xE0, 0x7F, 0x10, 0, (byte)'O', (byte)'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0x80, 1, 2]),
        ["65535 x 65535 pixels"] = () => Written(Some.Image(65535, 65535, 16, new byte[100])),
        ["a million frames"] = () => Written(Some.Image(512, 512, 16, new byte[100], frames: 1_000_000)),
        ["the last of many frames"] = () => Written(Some.Image(4, 4, 16, new byte[100], frames: 100_000)),
        ["RLE"] = () => Compressed(DicomTransferSyntax.RLELossless, new byte[1000]),
        ["deflated frames"] = () => Compressed(DicomTransferSyntax.DeflatedImageFrame, new byte[1000]),
        ["JPEG lossless"] = () => Compressed(DicomTransferSyntax.JPEGProcess14SV1, Jpeg(0xC3)),
        ["JPEG"] = () => Compressed(DicomTransferSyntax.JPEGProcess1, Jpeg(0xC0)),
        ["JPEG-LS"] = () => Compressed(DicomTransferSyntax.JPEGLSLossless, Jpeg(0xF7)),
        ["JPEG 2000"] = () => Compressed(DicomTransferSyntax.JPEG2000Lossless, Jpeg2000()),
        ["HTJ2K"] = () => Compressed(DicomTransferSyntax.HTJ2KLossless, Jpeg2000()),
        ["a palette"] = () => Written(Some.Image(4, 4, 8, new byte[16]).AddOrUpdate(DicomTag.PhotometricInterpretation, "PALETTE COLOR")
            .Add(DicomTag.RedPaletteColorLookupTableDescriptor, 0, 0, 16).Add(new DicomElement(DicomTag.RedPaletteColorLookupTableData, DicomVR.OW, new byte[2]))),
    };

    public static TheoryData<string> Names => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_size_that_is_only_said_costs_nothing(string what)
    {
        var file = Files[what]();
        Assert.True(file.Length < 4096);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.ThrowsAny<DicomException>(() => Use(DicomFile.Open(file).Dataset));
        if (!what.StartsWith('a')) // those break the file itself: tolerant reading keeps what is there
            Assert.ThrowsAny<DicomException>(() => Use(DicomFile.Open(file, new() { Tolerant = true }).Dataset));
        else
            DicomFile.Open(file, new() { Tolerant = true });

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
    }

    [Fact]
    public void A_length_beyond_the_file_is_said_with_what_is_left()
    {
        var error = Assert.Throws<DicomFileException>(() => DicomFile.Open(Files["a value"]()));

        Assert.Contains("has a length of 4294967280, and 4 bytes are left", error.Message, StringComparison.Ordinal);
    }

    /// <summary>21 MB of pixels are neither read nor held until a frame is asked for.</summary>
    [Fact]
    public void Opening_a_large_file_reads_its_head_only()
    {
        var path = Path.GetTempFileName();
        try
        {
            new DicomFile(Some.Image(512, 512, 16, new byte[40 * 512 * 512 * 2], frames: 40)).Save(path);

            var before = GC.GetAllocatedBytesForCurrentThread();
            var pixels = DicomPixelData.Create(DicomFile.Open(path).Dataset);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

            pixels.GetFrame(39);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 512 * 512 * 2, (1 << 20) + (2 * 512 * 512 * 2));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Use(DicomDataset dataset)
    {
        var pixels = DicomPixelData.Create(dataset);
        pixels.GetFrame(pixels.NumberOfFrames - 1);
        pixels.GetRgbFrame(0);
    }

    /// <summary>An intact file with an element behind it.</summary>
    private static byte[] Ending(byte[] element)
    {
        var head = Some.Image(4, 4, 8, []);
        head.Remove(DicomTag.PixelData);
        return [.. Written(head), .. element];
    }

    private static byte[] Written(DicomDataset dataset)
    {
        using var stream = new MemoryStream();
        new DicomFile(dataset).Save(stream);
        return stream.ToArray();
    }

    /// <summary>40000 x 40000 samples, said alike by data set and stream.</summary>
    private static byte[] Compressed(DicomTransferSyntax syntax, byte[] frame)
    {
        var dataset = Some.Image(40000, 40000, 8, []);
        dataset.InternalTransferSyntax = syntax;
        return Written(dataset.AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, [], frame)));
    }

    private static byte[] Jpeg(byte marker)
    {
        var stream = new byte[1000];
        byte[] head = [0xFF, 0xD8, 0xFF, marker, 0, 11, 8, 40000 >> 8, 40000 & 0xFF, 40000 >> 8, 40000 & 0xFF, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0];
        head.CopyTo(stream, 0);
        return stream;
    }

    private static byte[] Jpeg2000()
    {
        var stream = new byte[1000];
        byte[] start = [0xFF, 0x4F, 0xFF, 0x51, 0, 41];
        start.CopyTo(stream, 0);
        foreach (var at in new[] { 8, 12, 24, 28 }) // size of the picture, and of its only tile
            BinaryPrimitives.WriteInt32BigEndian(stream.AsSpan(at), 40000);
        (stream[41], stream[42], stream[43], stream[44]) = (1, 7, 1, 1);
        return stream;
    }
}
