using MRNet.Imaging.DataSets;
using MRNet.Imaging.Pictures;

namespace MRNet.Imaging.Cli.DataSets;

/// <summary>A picture of a dozen slices from a data set: cases evenly chosen, several slices of each where there are few.</summary>
internal sealed class DataSetSheet
{
    private const int MostTiles = 12;

    private readonly HashSet<string> chosen;
    private readonly int perCase;
    private readonly ContourSheet sheet;

    public DataSetSheet(MultiRaterDataSet data)
    {
        MultiRaterCase[] graded = [.. data.Cases.Where(one => one.Split != "Testing")];
        var count = Math.Min(graded.Length, MostTiles);
        chosen = [.. Enumerable.Range(0, count).Select(i => graded[(int)((long)i * graded.Length / count)].Name)];
        perCase = MostTiles / Math.Max(1, count);
        sheet = new($"{data.Name} ({data.Format}): {string.Join(", ", data.Structures)}", data.Raters, perCase * count);
    }

    public void Add(MultiRaterCase one, Volume image, RaterMasks masks)
    {
        if (!chosen.Contains(one.Name))
            return;

        byte[]?[][] all = [.. Enumerable.Range(0, masks.Structures).Select(s => Enumerable.Range(0, masks.Raters).Select(r => masks[s, r]).ToArray())];
        foreach (var z in Slices(image.Grid, [.. all.SelectMany(ofStructure => ofStructure).OfType<byte[]>()]))
            sheet.Add(new($"{one.Name}{(image.Grid.Slices > 1 ? $" slice {z} of 0..{image.Grid.Slices - 1}" : "")}", image, z, all));
    }

    public void Write(string path) => sheet.Write(path);

    /// <summary>Evenly chosen among those someone marked.</summary>
    private IEnumerable<int> Slices(Grid grid, byte[][] masks)
    {
        int[] marked = [.. Enumerable.Range(0, grid.Slices).Where(z => masks.Any(mask => mask.AsSpan(z * grid.PixelsPerSlice, grid.PixelsPerSlice).Contains((byte)1)))];
        if (marked.Length == 0)
            marked = [.. Enumerable.Range(0, grid.Slices)];
        var count = Math.Min(perCase, marked.Length);
        return Enumerable.Range(0, count).Select(i => marked[(int)((i + 0.5) * marked.Length / count)]);
    }
}
