using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>Brings a case to the size a network sees, to be scored there as the paper does.</summary>
internal sealed class NetworkSize(Grid grid, int size)
{
    private readonly Resampling resampling = new(grid.Columns, grid.Rows, size, size);

    public Grid Grid { get; } = grid with
    {
        Columns = size,
        Rows = size,
        SpacingMm = new(grid.SpacingMm.X * grid.Columns / size, grid.SpacingMm.Y * grid.Rows / size, grid.SpacingMm.Z),
        OriginLps = grid.ToPatient((grid.Columns / (double)size - 1) / 2, (grid.Rows / (double)size - 1) / 2, 0), // outer edges stay
    };

    /// <summary>As the network's preparation does it.</summary>
    public Volume Of(Volume image)
    {
        var small = new Volume(Grid, new float[Grid.Count * image.Channels], image.Channels) { Modality = image.Modality, Notes = image.Notes };
        for (var channel = 0; channel < image.Channels; channel++)
            for (var z = 0; z < grid.Slices; z++)
                resampling.Apply(image.Slice(z, channel), small.Slice(z, channel));
        return small;
    }

    public RaterMasks Of(RaterMasks masks) => new(Grid,
        [.. Enumerable.Range(0, masks.Structures).Select(s => Enumerable.Range(0, masks.Raters).Select(r => masks[s, r] is { } mask ? Nearest(mask) : null).ToArray())]);

    /// <summary>Each pixel takes the voxel its centre lies in: a mask stays 0 and 1.</summary>
    private byte[] Nearest(byte[] mask)
    {
        var small = new byte[Grid.Count];
        var at = 0;
        for (var z = 0; z < grid.Slices; z++)
            for (var y = 0; y < size; y++)
                for (var x = 0; x < size; x++)
                    small[at++] = mask[(z * grid.Rows + (int)((y + 0.5) * grid.Rows / size)) * grid.Columns + (int)((x + 0.5) * grid.Columns / size)];
        return small;
    }
}
