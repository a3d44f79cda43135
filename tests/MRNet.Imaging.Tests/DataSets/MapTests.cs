using MRNet.Imaging.DataSets;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class MapTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false, 3), InlineData(true, 2)]
    public void A_map_has_shape_spacing_and_direction_of_the_masks(bool flat, int dimensions)
    {
        var grid = Some.ObliqueGrid(5, 4, 1);
        var (one, _) = Case(grid, grid with { SpacingMm = new(2, 2, 2) }, flat);
        var map = Enumerable.Range(0, 20).Select(i => i / 20f).ToArray();

        one.WriteMap(folder["out/kidney/case01/task01.nii.gz"], one.Masks().Grid, 0, map);

        var (header, masks) = (NiftiReader.ReadHeader(folder["out/kidney/case01/task01.nii.gz"]), NiftiReader.ReadHeader(folder["kidney/case01/task01_seg01.nii.gz"]));
        Assert.Equal((dimensions, NiftiDataType.Float32), (header.Dim.Count, header.DataType));
        Assert.Equal(masks.Dim, header.Dim);
        Assert.Equal(NiftiReader.ReadGrid(folder["kidney/case01/task01_seg01.nii.gz"]), NiftiReader.ReadGrid(folder["out/kidney/case01/task01.nii.gz"]));
        Assert.Equal(map, one.ReadMap(folder["out/kidney/case01/task01.nii.gz"], one.Masks().Grid, 0));
    }

    [Fact]
    public void A_map_of_slices_first_is_stored_so_too()
    {
        var (one, _) = Case(Some.Grid(3, 6, 6), Some.Grid(3, 6, 6), flat: false); // slice, row, column
        var map = Enumerable.Range(0, 108).Select(i => i / 108f).ToArray();

        one.WriteMap(folder["map.nii.gz"], one.Masks().Grid, 0, map);

        Assert.Equal((6, 6, 3), one.Masks().Grid is var turned ? (turned.Columns, turned.Rows, turned.Slices) : default);
        Assert.Equal([3, 6, 6], NiftiReader.ReadHeader(folder["map.nii.gz"]).Dim);
        Assert.Equal(map[36], NiftiReader.Read(folder["map.nii.gz"]).Samples[1]); // voxel (1, 0, 0) as stored is slice 1
        Assert.Equal(map, one.ReadMap(folder["map.nii.gz"], one.Masks().Grid, 0));
    }

    [Fact]
    public void Another_shape_is_refused_with_file_and_both_shapes()
    {
        var (one, grid) = Case(Some.Grid(5, 4, 1), Some.Grid(5, 4, 1), flat: false);
        NiftiWriter.Write<float>(folder["task01.nii.gz"], Some.Grid(4, 5, 1), new float[20]);

        var error = Assert.Throws<InvalidImageException>(() => one.ReadMap(folder["task01.nii.gz"], grid, 0));

        foreach (var piece in new[] { "case01", "task01.nii.gz", "4 x 5", "5 x 4" })
            Assert.Contains(piece, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_cut_and_NaN_is_refused()
    {
        var (one, grid) = Case(Some.Grid(2, 2, 1), Some.Grid(2, 2, 1), flat: false);
        NiftiWriter.Write<float>(folder["cut.nii.gz"], grid, [-1, 0.5f, 2, float.PositiveInfinity]);
        NiftiWriter.Write<float>(folder["nan.nii.gz"], grid, [0, float.NaN, 0, 0]);

        Assert.Equal([0, 0.5f, 1, 1], one.ReadMap(folder["cut.nii.gz"], grid, 0));
        Assert.Contains("NaN", Assert.Throws<InvalidImageException>(() => one.ReadMap(folder["nan.nii.gz"], grid, 0)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidImageException>(() => one.ReadMap(folder["absent.nii.gz"], grid, 0));
    }

    private (MultiRaterCase One, Grid Grid) Case(Grid image, Grid masks, bool flat)
    {
        Directory.CreateDirectory(folder["kidney/case01"]);
        NiftiWriter.Write(folder["kidney/case01/image.nii.gz"], Some.Volume(image));
        NiftiWriter.Write<byte>(folder["kidney/case01/task01_seg01.nii.gz"], masks, new byte[masks.Count], flat: flat);
        var one = SomeData.Open(folder["kidney"]).Cases.Single();
        return (one, one.Masks().Grid);
    }
}
