namespace MRNet.Imaging.Tests.Geometry;

public sealed class HangingTests
{
    private static readonly Vector3 Left = new(1, 0, 0), Back = new(0, 1, 0), Head = new(0, 0, 1);

    private static Grid Stored(Vector3 x, Vector3 y) => new(3, 2, 1) { DirectionX = x, DirectionY = y, DirectionZ = x.Cross(y) };

    /// <summary>Each voxel knows where it lies; in the hung picture the patient's left is to the right and his back (or feet) below.</summary>
    [Fact]
    public void However_a_slice_is_stored_it_hangs_the_same_way()
    {
        Vector3[] directions = [Left, Left * -1, Back, Back * -1, Head, Head * -1];
        foreach (var grid in from x in directions from y in directions where Math.Abs(x.Dot(y)) < 0.5 select Stored(x, y))
        {
            var hanging = Hanging.Of(grid);
            Vector3[] places = [.. Enumerable.Range(0, 6).Select(i => grid.ToPatient(i % 3, i / 3, 0))];

            var (across, down) = hanging.Size(3, 2);
            var hung = hanging.Turn<Vector3>(places, 3, 2);
            var toRight = hung[1] - hung[0];
            var toBottom = hung[across] - hung[0];

            Assert.Equal(6, across * down);
            Assert.True(toRight.Dot(Left) > 0.5 || toRight.Dot(Back) > 0.5, $"{Anatomy.Letter(toRight)} is at the right of {grid}");
            Assert.True(toBottom.Dot(Back) > 0.5 || toBottom.Dot(Head) < -0.5, $"{Anatomy.Letter(toBottom)} is at the bottom of {grid}");
            Assert.Equal(places, hanging.Back.Turn<Vector3>(hung, across, down));
        }
    }

    [Fact]
    public void A_point_goes_where_its_pixel_goes()
    {
        foreach (var hanging in from i in Enumerable.Range(0, 8) select new Hanging((i & 1) > 0, (i & 2) > 0, (i & 4) > 0))
        {
            var hung = hanging.Turn<int>(Enumerable.Range(0, 12).ToArray(), 4, 3);

            var (x, y) = hanging.Place(2.5f, 1.5f, 4, 3); // the middle of pixel (2, 1)

            Assert.Equal(6, hung[(int)y * hanging.Size(4, 3).Columns + (int)x]);
        }
    }

    [Fact]
    public void An_axial_dicom_slice_and_a_photograph_hang_as_they_are_stored()
    {
        Assert.True(Hanging.Of(Stored(Left, Back)).IsAsStored);
        Assert.True(Hanging.Of(Grid.OfPixels(3, 2)).IsAsStored);
        Assert.False(Hanging.Of(Stored(Left * -1, Back * -1)).IsAsStored); // NIfTI as most write it
    }
}
