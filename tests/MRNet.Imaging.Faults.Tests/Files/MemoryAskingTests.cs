using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MRNet.Dicom;
using MRNet.Imaging.Files;
using MRNet.Imaging.Model.Weights;
using SkiaSharp;

namespace MRNet.Imaging.Faults.Tests.Files;

/// <summary>Small files whose headers ask for much: refused before the memory is taken. DICOM's own are in MRNet.Dicom.Tests (FuzzTests, HostilePeerTests).</summary>
public sealed class MemoryAskingTests : IDisposable
{
    private const long Growth = 16L << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_DICOM_element_of_two_gigabytes_in_a_kilobyte()
    {
        var file = File.ReadAllBytes(Repository.TestData("ct-nodule", "IMG0005.dcm"))[..1024];
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(file.Length - 400), 0x7FFFFFFF);

        Refused("a.dcm", file);
    }

    [Fact]
    public void A_DICOM_image_of_65535_rows_and_columns_and_a_million_frames()
    {
        var file = DicomFile.Open(Repository.TestData("ct-nodule", "IMG0005.dcm"));
        file.Dataset.AddOrUpdate(DicomTag.Rows, (ushort)65535).AddOrUpdate(DicomTag.Columns, (ushort)65535).AddOrUpdate(DicomTag.NumberOfFrames, "1000000");
        using var stream = new MemoryStream();
        file.Save(stream);

        Refused("a.dcm", stream.ToArray());
    }

    [Theory]
    [InlineData(32767, 32767, 32767), InlineData(1, 1, 2000000)]
    public void A_NIfTI_volume_that_is_not_there(int columns, int rows, int slices)
    {
        var file = NiftiHeaderOf(columns, rows, slices);

        Refused("a.nii", [.. file, .. new byte[1024]]);
        Refused("a.nii.gz", Format.Zipped([.. file, .. new byte[1024]]));
    }

    [Fact]
    public void A_gzip_file_that_unpacks_to_a_thousand_times_its_size()
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(NiftiHeaderOf(9, 9, 9));
            var zeros = new byte[1 << 20];
            for (var i = 0; i < 512; i++)
                gzip.Write(zeros);
        }

        Refused("a.nii.gz", zipped.ToArray());
    }

    [Theory]
    [InlineData(65535, 65535), InlineData(int.MaxValue, int.MaxValue)]
    public void A_PNG_of_more_pixels_than_are_read(int columns, int rows)
    {
        var png = Picture(SKEncodedImageFormat.Png);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), columns);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), rows);

        Refused("a.png", Format.WithChecksums(png));
    }

    [Fact]
    public void A_JPEG_of_more_pixels_than_are_read()
    {
        var jpeg = Picture(SKEncodedImageFormat.Jpeg);
        var frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 5), 65535);
        BinaryPrimitives.WriteUInt16BigEndian(jpeg.AsSpan(frame + 7), 65535);

        Refused("a.jpg", jpeg);
    }

    [Theory]
    [InlineData(0x7FFFFFFFFFFFFFFF, "{}")]
    [InlineData(2, "{}")]
    [InlineData(0, """{"w":{"dtype":"F32","shape":[1000000,1000000],"data_offsets":[0,4000000000000]}}""")]
    [InlineData(0, """{"w":{"dtype":"F32","shape":[9223372036854775807,2],"data_offsets":[0,8]}}""")]
    public void Weights_that_are_not_there(long claimed, string json)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(header, claimed > 2 ? claimed : json.Length);

        if (claimed == 2)
            Assert.Empty(ReadWeights([.. header, .. Encoding.UTF8.GetBytes(json)])); // a file of no tensors is one
        else
            Assert.Throws<WeightsException>(() => ReadWeights([.. header, .. Encoding.UTF8.GetBytes(json)]));
    }

    /// <summary>The format's own rule: the numbers follow each other without gaps, and end with the file.</summary>
    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}""", 6)]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", 4)]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 4)]
    public void Weights_with_something_hidden_between_them(string json, int bytes)
    {
        var header = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(header, json.Length);

        var error = Assert.Throws<WeightsException>(() => ReadWeights([.. header, .. Encoding.UTF8.GetBytes(json), .. new byte[bytes]]));

        Assert.Contains("no gap", error.Message, StringComparison.Ordinal);
    }

    private IEnumerable<string> ReadWeights(byte[] file)
    {
        File.WriteAllBytes(folder["a.safetensors"], file);
        using var weights = SafetensorsFile.Open(folder["a.safetensors"]);
        return [.. weights.Names];
    }

    private void Refused(string name, byte[] file)
    {
        File.WriteAllBytes(folder[name], file);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var error = Record.Exception(() => ImageInput.Read([folder[name]], new(), null, CancellationToken.None));
        var grown = GC.GetTotalAllocatedBytes(precise: true) - before - file.Length;

        Assert.IsAssignableFrom<ImagingException>(error);
        Assert.True(grown < Growth, $"{name} took {grown} bytes before it was refused: {error!.Message}");
    }

    private static byte[] NiftiHeaderOf(int columns, int rows, int slices)
    {
        var header = new byte[352];
        BinaryPrimitives.WriteInt32LittleEndian(header, 348);
        short[] dim = [3, (short)columns, (short)rows, (short)Math.Min(slices, short.MaxValue), 1, 1, 1, 1];
        for (var i = 0; i < dim.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(40 + 2 * i), dim[i]);
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(70), 16); // float32
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(72), 32);
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(76 + 4 * i), 1);
        BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(108), 352);
        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;
    }

    private static byte[] Picture(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(16, 16);
        using var data = bitmap.Encode(format, 90);
        return data.ToArray();
    }
}
