using CsCheck;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.Nifti;

public class NiftiWriterTests
{
    [Fact]
    public void Any_grid_comes_back_where_it_was() => Some.AnyGrid.Sample(
        grid =>
        {
            using var folder = new TemporaryFolder();
            var volume = Some.Volume(grid);

            NiftiWriter.Write(folder["a.nii"], volume);
            var back = NiftiReader.Read(folder["a.nii"]);

            Assert.Equal(volume.Samples, back.Samples);
            Assert.Empty(back.Notes);
            AssertSamePlaces(grid, back.Grid, 1e-3);
        },
        iter: 300);

    [Theory]
    [InlineData("a.nii", true), InlineData("a.nii.gz", true), InlineData("a.hdr", true), InlineData("a.img", false)]
    public void Every_kind_of_file_comes_back(string name, bool nifti2)
    {
        using var folder = new TemporaryFolder();
        var volume = Some.Volume(Some.ObliqueGrid());

        NiftiWriter.Write(folder[name], volume, "kind of file", nifti2);
        var (back, header) = (NiftiReader.Read(folder[name]), NiftiReader.ReadHeader(folder[name]));

        Assert.Equal(volume.Samples, back.Samples);
        Assert.Equal((nifti2 ? 2 : 1, "kind of file"), (header.Version, header.Description));
        Assert.Equal(name is "a.hdr" or "a.img", header.IsPair);
        AssertSamePlaces(volume.Grid, back.Grid, nifti2 ? 1e-9 : 1e-3);
    }

    [Fact]
    public void A_side_too_long_for_nifti_1_is_written_as_nifti_2()
    {
        using var folder = new TemporaryFolder();

        NiftiWriter.Write<byte>(folder["a.nii"], new Grid(40_000, 1, 1), new byte[40_000]);

        Assert.Equal(2, NiftiReader.ReadHeader(folder["a.nii"]).Version);
        Assert.Equal(40_000, NiftiReader.Read(folder["a.nii"]).Grid.Columns);
    }

    [Fact]
    public void The_quaternion_alone_gives_the_same_places() => Some.AnyGrid.Sample(
        grid =>
        {
            var affine = NiftiAffine.OfGrid(grid);
            var (bcd, qfac) = affine.ToQuaternion();

            var back = NiftiAffine.OfQuaternion(bcd, affine.Origin, grid.SpacingMm, qfac).ToGrid(grid.Columns, grid.Rows, grid.Slices);

            AssertSamePlaces(grid, back, 1e-5);
        },
        iter: 2000);

    [Theory]
    [InlineData("a.nii"), InlineData("a.nii.gz")]
    public void Masks_of_a_box_lie_in_the_whole_grid(string name)
    {
        using var folder = new TemporaryFolder();
        var grid = Some.ObliqueGrid(columns: 4, rows: 3, slices: 2);

        NiftiWriter.Write<byte>(folder[name], new RaterMaps(grid, new VoxelBox(1, 1, 1, 2, 1, 1), ["nodule"], []), [7, 8]);
        var back = NiftiReader.Read(folder[name]);

        Assert.Equal([.. new float[12], 0, 0, 0, 0, 0, 7, 8, 0, 0, 0, 0, 0], back.Samples);
        Assert.Equal(NiftiDataType.UInt8, NiftiReader.ReadHeader(folder[name]).DataType);
    }

    [Fact]
    public async Task A_map_is_written_while_it_is_computed()
    {
        using var folder = new TemporaryFolder();
        var maps = new RaterMaps(Some.ObliqueGrid(columns: 4, rows: 3, slices: 2), new VoxelBox(1, 1, 0, 2, 1, 2), ["nodule"], ["a"]) { Arrivals = new(2) };
        var map = maps.Probability[0];

        var writing = Task.Run(() => NiftiWriter.Write(folder["a.nii.gz"], maps, map));
        foreach (var z in (int[])[1, 0])
        {
            (map[2 * z], map[2 * z + 1]) = (z + 0.25f, z + 0.5f);
            maps.Arrivals.Arrive(z);
        }

        await writing;
        Assert.Equal([0, 0, 0, 0, 0, 0.25f, 0.5f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1.25f, 1.5f, 0, 0, 0, 0, 0], NiftiReader.Read(folder["a.nii.gz"]).Samples);
    }

    [Fact]
    public void Packing_does_not_lengthen_noise()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        float[] noise = [.. Enumerable.Range(0, 1 << 16).Select(_ => 0.001f * random.NextSingle())];

        NiftiWriter.Write(folder["a.nii.gz"], new Grid(256, 256, 1), noise.AsSpan());

        Assert.True(new FileInfo(folder["a.nii.gz"]).Length < noise.Length * sizeof(float));
    }

    [Fact]
    public void Shorts_keep_their_values()
    {
        using var folder = new TemporaryFolder();
        short[] values = [short.MinValue, -1, 0, short.MaxValue];

        NiftiWriter.Write(folder["a.nii.gz"], new Grid(2, 2, 1), values.AsSpan(), "made by a test");

        Assert.Equal(values.Select(value => (float)value), NiftiReader.Read(folder["a.nii.gz"]).Samples);
        Assert.Equal("made by a test", NiftiReader.ReadHeader(folder["a.nii.gz"]).Description);
    }

    [Fact]
    public void Channels_become_volumes()
    {
        using var folder = new TemporaryFolder();
        var volume = Some.Volume(channels: 3);

        NiftiWriter.Write(folder["a.nii"], volume);
        var back = NiftiReader.Read(folder["a.nii"], new() { VolumesAreChannels = true });

        Assert.Equal(3, back.Channels);
        Assert.Equal(volume.Samples, back.Samples);
    }

    [Fact]
    public void A_photograph_gets_no_place_in_a_patient()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["a.nii"], Some.Volume(Grid.OfPixels(4, 3)));

        Assert.Equal(Grid.OfPixels(4, 3), NiftiReader.Read(folder["a.nii"]).Grid);
    }

    [Fact]
    public void The_same_image_gives_the_same_bytes_and_no_other_file()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["a.nii.gz"], Some.Volume());
        NiftiWriter.Write(folder["b.nii.gz"], Some.Volume());
        NiftiWriter.Write(folder["b.nii.gz"], Some.Volume());

        Assert.Equal(File.ReadAllBytes(folder["a.nii.gz"]), File.ReadAllBytes(folder["b.nii.gz"]));
        Assert.Equal(["a.nii.gz", "b.nii.gz"], folder.Names);
    }

    [Fact]
    public void Leaves_nothing_when_it_fails()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a.nii"]); // no file can take this name

        Assert.ThrowsAny<SystemException>(() => NiftiWriter.Write(folder["a.nii"], Some.Volume()));

        Assert.Empty(folder.Names);
    }

    internal static void AssertSamePlaces(Grid expected, Grid found, double toleranceMm)
    {
        foreach (var (i, j, k) in new[] { (0, 0, 0), (expected.Columns - 1, 0, 0), (0, expected.Rows - 1, 0), (1, 1, 1), (expected.Columns, expected.Rows, expected.Slices) })
            Assert.InRange((expected.ToPatient(i, j, k) - found.ToPatient(i, j, k)).Length, 0, toleranceMm);
    }
}
