using System.Text.Json;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.Nifti;

public class NiftiReaderTests
{
    [Theory]
    [InlineData("dtype_int8.nii.gz"), InlineData("dtype_uint8.nii.gz"), InlineData("dtype_int16.nii.gz"), InlineData("dtype_uint16.nii.gz")]
    [InlineData("dtype_int32.nii.gz"), InlineData("dtype_uint32.nii.gz"), InlineData("dtype_int64.nii.gz"), InlineData("dtype_uint64.nii.gz")]
    [InlineData("dtype_float32.nii.gz"), InlineData("dtype_float64.nii.gz"), InlineData("big_endian_int16.nii"), InlineData("big_endian_float32.nii.gz")]
    [InlineData("scl_2.5_-1024.nii"), InlineData("scl_zero_slope.nii"), InlineData("scl_nan.nii"), InlineData("scl_negative.nii")]
    [InlineData("oblique.nii.gz"), InlineData("qform_only.nii.gz"), InlineData("sform_only.nii.gz"), InlineData("no_form.nii.gz")]
    [InlineData("forms_disagree.nii.gz"), InlineData("qfac_minus1.nii.gz"), InlineData("dim2.nii.gz"), InlineData("dim3_single.nii.gz")]
    [InlineData("dim4_4ch.nii.gz"), InlineData("dim4.nii.gz"), InlineData("dim5.nii.gz"), InlineData("rgb24.nii.gz"), InlineData("rgba32.nii.gz")]
    [InlineData("nan_inf.nii.gz"), InlineData("nifti2_int16.nii.gz"), InlineData("pair.hdr"), InlineData("pair.img"), InlineData("extension.nii")]
    [InlineData("multi_member.nii.gz"), InlineData("plain_name_gz_content.nii")]
    public void Reads_what_nibabel_reads(string name)
    {
        var expected = Expected(name);

        var volume = NiftiReader.Read(Synthetic(name), new() { VolumesAreChannels = name is "dim4.nii.gz" or "dim5.nii.gz" });

        if (expected.TryGetProperty("shape", out var shape))
            Assert.Equal((IEnumerable<int>)Lengths(shape)[..3], [volume.Grid.Columns, volume.Grid.Rows, volume.Grid.Slices]);
        if (expected.TryGetProperty("affine_nibabel", out var affine))
            AssertSameAffine(affine, volume.Grid);
        if (expected.TryGetProperty("first", out var first))
            Assert.Equal(Number(first), volume.Samples[0], 1e-5);
        if (expected.TryGetProperty("last", out var last))
            Assert.Equal(Number(last), volume.Samples[^1], 1e-5);
        if (expected.TryGetProperty("sum", out var sum))
            Assert.Equal(Number(sum), volume.Samples.Sum(value => (double)value), 1e-3);
    }

    [Theory]
    [InlineData("bad_truncated.nii", "promises 772 bytes")]
    [InlineData("bad_truncated_gz.nii.gz", "cut short")]
    [InlineData("bad_crc.nii.gz", "gzip stream is damaged")]
    [InlineData("bad_not_gz.nii.gz", "named .gz but is not gzip")]
    [InlineData("bad_magic.nii", "magic is 'xx1'; expected")]
    [InlineData("bad_dim0.nii", "dim[0] is 9; expected 1 to 7")]
    [InlineData("bad_negative_dim.nii", "expected at least 1")]
    [InlineData("bad_huge_dim.nii", "the file holds 772")]
    [InlineData("bad_datatype.nii", "datatype is")]
    [InlineData("bad_bitpix.nii", "bitpix is")]
    [InlineData("bad_vox_offset.nii", "promises")]
    [InlineData("bad_zero_pixdim.nii", "pixdim[1] is 0")]
    [InlineData("bad_header_short.nii", "348 bytes; found 200")]
    [InlineData("bad_empty.nii", "found 0")]
    [InlineData("bad_empty_gz.nii.gz", "found 0")]
    public void Refuses_a_damaged_file_and_takes_no_memory_for_it(string name, string message)
    {
        var path = Synthetic(name);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<InvalidImageException>(() => NiftiReader.Read(path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Takes_no_memory_for_what_a_short_gzip_only_promises()
    {
        using var folder = new TemporaryFolder();
        var noise = new byte[1 << 20];
        new Random(1).NextBytes(noise);
        NiftiWriter.Write(folder["whole.nii.gz"], new Grid(1 << 10, 1 << 10, 1), noise.AsSpan());
        var bytes = Unzipped(folder["whole.nii.gz"]);
        (bytes[42], bytes[43], bytes[44], bytes[45], bytes[46], bytes[47]) = (232, 3, 232, 3, 232, 3); // 1000 x 1000 x 1000
        Zip(folder["promise.nii.gz"], bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.Throws<InvalidImageException>(() => NiftiReader.Read(folder["promise.nii.gz"]));

        Assert.Contains("the gzip stream holds 1048928", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Refuses_a_gzip_wherever_it_is_cut()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["a.nii.gz"], Some.Volume());
        var whole = File.ReadAllBytes(folder["a.nii.gz"]);

        for (var length = 2; length < whole.Length; length++)
        {
            using var cut = new MemoryStream(whole[..length]);
            Assert.ThrowsAny<ImagingException>(() => NiftiReader.Read(cut));
        }
    }

    [Theory]
    [InlineData("nibabel/analyze.hdr", "Analyze 7.5")]
    [InlineData("nibabel/row_major.dconn.nii", "CIFTI")]
    [InlineData("nibabel/test.mgz", "MGH")]
    [InlineData("niivue/complex_image.nii.gz", "Complex64")]
    [InlineData("synthetic/complex64.nii.gz", "Complex64")]
    [InlineData("niivue/shear.nii.gz", "right angles")]
    [InlineData("nibabel/functional.nii", "20 volumes")]
    [InlineData("synthetic/dim5.nii.gz", "3 volumes")]
    public void Refuses_by_name_what_it_does_not_handle(string name, string message)
    {
        var path = Shared.Data("nifti", name);

        var error = Assert.Throws<UnsupportedImageException>(() => NiftiReader.Read(path));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_every_other_sample()
    {
        var refused = new[] { "analyze.hdr", "row_major.dconn.nii", "test.mgz", "complex_image.nii.gz", "shear.nii.gz", "nifti1.hdr", "nifti2.hdr" };
        var folders = new[] { "nibabel", "niivue", "volumes" };
        var files = folders.SelectMany(folder => Directory.GetFiles(Shared.Data("nifti", folder))).Where(file => !refused.Contains(Path.GetFileName(file)));

        foreach (var file in files)
        {
            var volume = NiftiReader.Read(file, new() { VolumeIndex = 0 });
            Assert.Equal(volume.Grid.Count * volume.Channels, volume.Samples.LongLength);
        }
    }

    [Fact]
    public void Nine_axis_orders_of_one_image_have_the_same_value_at_the_same_place()
    {
        var volumes = Directory.GetFiles(Shared.Data("nifti", "orientation")).Order().Select(file => NiftiReader.Read(file)).ToArray();
        Assert.Equal(9, volumes.Length);
        var first = volumes[0];
        var random = new Random(1);

        for (var n = 0; n < 2000; n++)
        {
            var (i, j, k) = (random.Next(first.Grid.Columns), random.Next(first.Grid.Rows), random.Next(first.Grid.Slices));
            var place = first.Grid.ToPatient(i, j, k);
            Assert.All(volumes, volume => Assert.Equal(At(first, new(i, j, k)), At(volume, volume.Grid.ToVoxel(place))));
        }
    }

    [Fact]
    public void Takes_the_third_axis_as_channels_only_when_told()
    {
        var path = Synthetic("dim4_4ch.nii.gz");

        var slices = NiftiReader.Read(path);
        var channels = NiftiReader.Read(path, new() { SlicesAreChannels = true });

        Assert.Equal((4, 1), (slices.Grid.Slices, slices.Channels));
        Assert.Equal((1, 4), (channels.Grid.Slices, channels.Channels));
        Assert.Equal(slices.Samples, channels.Samples);
    }

    [Fact]
    public void Chooses_one_volume_of_several()
    {
        var path = Synthetic("dim4.nii.gz");
        var both = NiftiReader.Read(path, new() { VolumesAreChannels = true });

        var second = NiftiReader.Read(path, new() { VolumeIndex = 1, Modality = "MR" });

        Assert.Equal(both.Samples[210..], second.Samples);
        Assert.Equal("MR", second.Modality);
        var error = Assert.Throws<InvalidImageException>(() => NiftiReader.Read(path, new() { VolumeIndex = 2 }));
        Assert.Contains("the file has 0 to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_become_three_planes()
    {
        var volume = NiftiReader.Read(Synthetic("rgb24.nii.gz"));

        Assert.Equal(3, volume.Channels);
        Assert.Equal(60, volume.Samples.Length);
    }

    [Theory]
    [InlineData("scl_nan.nii", "scl_slope is NaN")]
    [InlineData("forms_disagree.nii.gz", "differ by up to 10 mm")]
    [InlineData("no_form.nii.gz", "which side is left is not known")]
    [InlineData("nan_inf.nii.gz", "not finite")]
    [InlineData("plain_name_gz_content.nii", "gzip, though its name")]
    public void Notes_what_a_user_should_know(string name, string note) =>
        Assert.Contains(NiftiReader.Read(Synthetic(name)).Notes, text => text.Contains(note, StringComparison.Ordinal));

    [Fact]
    public void Says_nothing_of_a_plain_file() => Assert.Empty(NiftiReader.Read(Synthetic("oblique.nii.gz")).Notes);

    [Fact]
    public void Refuses_more_samples_than_it_may_take()
    {
        var error = Assert.Throws<ResourceLimitException>(() => NiftiReader.Read(Synthetic("oblique.nii.gz"), new() { MaxSamples = 209 }));

        Assert.Contains("210 samples", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_so_when_there_is_no_such_file()
    {
        using var folder = new TemporaryFolder();

        var error = Assert.Throws<InvalidImageException>(() => NiftiReader.Read(folder["absent.nii"]));

        Assert.Contains("no file 'absent.nii'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describes_a_header_without_its_voxels()
    {
        var lines = NiftiReader.ReadHeader(Shared.Data("nifti", "nibabel", "nifti1.hdr")).Describe().ToArray();

        Assert.Contains("size         91 x 109 x 91", lines);
        Assert.Contains(lines, line => line.StartsWith("sform_code   4 (MNI 152)", StringComparison.Ordinal));
    }

    internal static float At(Volume volume, Vector3 voxel)
    {
        var (i, j, k) = ((int)Math.Round(voxel.X), (int)Math.Round(voxel.Y), (int)Math.Round(voxel.Z));
        return volume.Slice(k)[j * volume.Grid.Columns + i];
    }

    private static string Synthetic(string name) => Shared.Data("nifti", "synthetic", name);

    private static JsonElement Expected(string name)
    {
        var text = File.ReadAllText(Synthetic("expected.json")).Replace(": NaN", ": \"NaN\"", StringComparison.Ordinal); // Python writes it bare
        using var document = JsonDocument.Parse(text);
        return document.RootElement.EnumerateArray().Single(entry => entry.GetProperty("file").GetString() == name).Clone();
    }

    private static double Number(JsonElement element) => element.ValueKind == JsonValueKind.Number ? element.GetDouble() : double.NaN;

    private static int[] Lengths(JsonElement shape) => [.. shape.EnumerateArray().Select(n => n.GetInt32()), 1, 1];

    private static void AssertSameAffine(JsonElement expected, Grid grid)
    {
        double[][] rows = [.. expected.EnumerateArray().Select(row => row.EnumerateArray().Select(n => n.GetDouble()).ToArray())];
        foreach (var (i, j, k) in new[] { (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (3, 2, 4) })
        {
            var lps = grid.ToPatient(i, j, k);
            double[] ras = [-lps.X, -lps.Y, lps.Z];
            for (var axis = 0; axis < 3; axis++)
                Assert.Equal(rows[axis][0] * i + rows[axis][1] * j + rows[axis][2] * k + rows[axis][3], ras[axis], 1e-4);
        }
    }

    private static byte[] Unzipped(string path)
    {
        using var zip = new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        zip.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static void Zip(string path, byte[] bytes)
    {
        using var zip = new System.IO.Compression.GZipStream(File.Create(path), System.IO.Compression.CompressionLevel.Fastest);
        zip.Write(bytes);
    }
}
