using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.DataSets;

/// <summary>How the dimensions of a NIfTI file are meant, which the file cannot say.</summary>
/// <param name="ChannelsLast">The last dimension is channels: (x, y, 4), (x, y, 1, 4), (x, y, z, 4).</param>
/// <param name="ThirdIsChannels">That dimension is the third.</param>
/// <param name="SlicesFirst">Stored as slice, row, column; turned to column, row, slice.</param>
internal readonly record struct NiftiAxes(bool ChannelsLast = false, bool ThirdIsChannels = false, bool SlicesFirst = false)
{
    public NiftiReadOptions Options => new() { VolumesAreChannels = ChannelsLast && !ThirdIsChannels, SlicesAreChannels = ThirdIsChannels };

    /// <summary>An image that no mask explains: volumes are channels, and the third dimension is slices.</summary>
    public static NiftiAxes OfImageAlone(NiftiHeader header) => new(ChannelsLast: header.Volumes > 1);

    public Grid Turned(Grid grid) => !SlicesFirst ? grid : grid with
    {
        Columns = grid.Slices,
        Slices = grid.Columns,
        SpacingMm = new(grid.SpacingMm.Z, grid.SpacingMm.Y, grid.SpacingMm.X),
        DirectionX = grid.DirectionZ,
        DirectionZ = grid.DirectionX,
    };

    public Volume Turned(Volume volume) => !SlicesFirst ? volume : new(Turned(volume.Grid), Turned<float>(volume.Samples, volume.Grid, volume.Channels), volume.Channels)
    {
        Modality = volume.Modality,
        Notes = volume.Notes,
    };

    /// <summary>Exchanges first and third axis: the way there is also the way back.</summary>
    /// <param name="stored">(C, D, H, W) of <paramref name="grid"/>.</param>
    public T[] Turned<T>(T[] stored, Grid grid, int channels = 1)
    {
        if (!SlicesFirst)
            return stored;

        var turned = new T[stored.Length];
        var at = 0;
        for (var channel = 0; channel < channels; channel++)
            for (var x = 0; x < grid.Columns; x++)
                for (var y = 0; y < grid.Rows; y++)
                    for (var z = 0; z < grid.Slices; z++)
                        turned[at++] = stored[((channel * (long)grid.Slices + z) * grid.Rows + y) * grid.Columns + x];
        return turned;
    }
}
