using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.TestData;

/// <summary>Part of the Colin27 head, resampled onto a tilted grid with unequal spacing: what geometry code must survive.</summary>
internal static class ObliqueHead
{
    private const double Nod = 17 * Math.PI / 180;
    private const double Turn = -9 * Math.PI / 180;

    public static Volume Read(string nifti)
    {
        var head = NiftiReader.Read(nifti);
        var grid = Tilted(head.Grid);
        var samples = new float[grid.Count];
        for (var z = 0; z < grid.Slices; z++)
            for (var y = 0; y < grid.Rows; y++)
                for (var x = 0; x < grid.Columns; x++)
                    samples[(z * grid.Rows + y) * grid.Columns + x] = MathF.Round(At(head, head.Grid.ToVoxel(grid.ToPatient(x, y, z))));
        return new(grid, samples) { Modality = "MR" };
    }

    private static Grid Tilted(Grid head)
    {
        var x = new Vector3(Math.Cos(Turn), Math.Sin(Turn), 0);
        var y = new Vector3(-Math.Sin(Turn) * Math.Cos(Nod), Math.Cos(Turn) * Math.Cos(Nod), Math.Sin(Nod));
        var grid = new Grid(110, 132, 10)
        {
            SpacingMm = new(1.5, 1.6, 5),
            DirectionX = x,
            DirectionY = y,
            DirectionZ = x.Cross(y),
        };
        var middle = head.ToPatient((head.Columns - 1) / 2.0, (head.Rows - 1) / 2.0, (head.Slices - 1) * 0.55);
        return grid with { OriginLps = middle - (grid.ToPatient((grid.Columns - 1) / 2.0, (grid.Rows - 1) / 2.0, (grid.Slices - 1) / 2.0) - grid.OriginLps) };
    }

    /// <summary>Trilinear; 0 outside.</summary>
    private static float At(Volume volume, Vector3 voxel)
    {
        var (x, y, z) = ((int)Math.Floor(voxel.X), (int)Math.Floor(voxel.Y), (int)Math.Floor(voxel.Z));
        var sum = 0.0;
        for (var corner = 0; corner < 8; corner++)
        {
            var (i, j, k) = (x + (corner & 1), y + (corner >> 1 & 1), z + (corner >> 2));
            if (i < 0 || j < 0 || k < 0 || i >= volume.Grid.Columns || j >= volume.Grid.Rows || k >= volume.Grid.Slices)
                continue;
            var weight = (1 - Math.Abs(voxel.X - i)) * (1 - Math.Abs(voxel.Y - j)) * (1 - Math.Abs(voxel.Z - k));
            sum += weight * volume.Slice(k)[j * volume.Grid.Columns + i];
        }

        return (float)sum;
    }
}
