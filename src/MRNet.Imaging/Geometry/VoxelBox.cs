namespace MRNet.Imaging;

/// <summary>A box of whole voxels in a grid: the first voxel and how many in each direction.</summary>
public readonly record struct VoxelBox(int X, int Y, int Z, int Columns, int Rows, int Slices)
{
    public int PixelsPerSlice => checked(Columns * Rows);

    public long Count => (long)Columns * Rows * Slices;

    public bool IsWithin(Grid grid) =>
        X >= 0 && Y >= 0 && Z >= 0 && Columns > 0 && Rows > 0 && Slices > 0
        && X + (long)Columns <= grid.Columns && Y + (long)Rows <= grid.Rows && Z + (long)Slices <= grid.Slices;
}
