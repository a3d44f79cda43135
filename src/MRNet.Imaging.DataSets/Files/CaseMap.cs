using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.DataSets;

/// <summary>
/// Probability maps of a case as files: NIfTI of the shape, spacing and direction of the case's own masks, as the QUBIQ
/// challenge wants them.
/// </summary>
/// <param name="Case">For messages.</param>
/// <param name="Like">A NIfTI file with that shape: a mask, or the image where it has no channels; null where there is none.</param>
/// <param name="Axes">How that file's dimensions are meant.</param>
internal sealed record CaseMap(string Case, string? Like, NiftiAxes Axes)
{
    /// <param name="grid">The case's.</param>
    /// <returns>(D, H, W) of the grid, cut to 0..1.</returns>
    public float[] Read(string path, Grid grid) => InCase.Read(Case, path, () =>
    {
        var (found, wanted) = (QubiqAxes.Squeezed([.. NiftiReader.ReadHeader(path).Dim]), Shape(grid));
        if (!found.SequenceEqual(wanted))
            throw new InvalidImageException($"The prediction is {Text(found)} voxels; the masks are {Text(wanted)}. Write it on the masks' own grid.");

        var map = Axes.Turned(NiftiReader.Read(path)).Samples;
        if (map.Count(float.IsNaN) is > 0 and var odd)
            throw new InvalidImageException($"{odd} of {map.Length} probabilities are NaN; expected 0 to 1.");
        for (var i = 0; i < map.Length; i++)
            map[i] = Math.Clamp(map[i], 0, 1);
        return map;
    });

    /// <summary>float32; folders are made.</summary>
    /// <param name="map">(D, H, W) of the grid.</param>
    public void Write(string path, Grid grid, float[] map)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var stored = Axes.Turned(map, grid);
        if (Like is null)
            NiftiWriter.Write<float>(path, grid, stored, "MRNet probability");
        else
            NiftiWriter.Write<float>(path, NiftiReader.ReadGrid(Like), stored, "MRNet probability", NiftiReader.ReadHeader(Like).Dim.Count == 2);
    }

    private long[] Shape(Grid grid)
    {
        if (Like is not null)
            return QubiqAxes.Squeezed([.. NiftiReader.ReadHeader(Like).Dim]);
        return grid.Slices == 1 ? [grid.Columns, grid.Rows] : [grid.Columns, grid.Rows, grid.Slices];
    }

    private static string Text(long[] sizes) => string.Join(" x ", sizes);
}
