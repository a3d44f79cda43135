using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.DataSets;

/// <summary>Counts a data set case by case; nothing of a case is kept but its numbers.</summary>
internal sealed class DataSetCount(MultiRaterDataSet data)
{
    private readonly Dictionary<string, int> sizes = [];
    private readonly SortedSet<int> channels = [];
    private readonly HashSet<string> modalities = [];
    private readonly List<string> warnings = [];
    private readonly StructureCount[] structures = [.. data.Structures.Select(name => new StructureCount(name, data.Raters))];

    public void Add(MultiRaterCase one, Volume image, RaterMasks masks)
    {
        var size = $"{image.Grid.Columns} x {image.Grid.Rows} x {image.Grid.Slices}";
        sizes[size] = sizes.GetValueOrDefault(size) + 1;
        channels.Add(image.Channels);
        modalities.Add(ModalityOf(image));
        for (var s = 0; s < structures.Length; s++)
            structures[s].Add(masks, s);
        if (one.Split != "Testing" && Enumerable.Range(0, masks.Structures).All(s => masks.Present(s).Count == 0))
            warnings.Add($"{one.Name} has no mask of any rater");
    }

    public DataSetSummary Summary() => new(
        data.Name, data.Format,
        data.Cases.GroupBy(one => one.Split ?? "all").ToDictionary(split => split.Key, split => split.Count()),
        data.Cases.Select(one => one.Patient).Distinct().Count(),
        sizes, [.. channels], string.Join(", ", modalities.Order()), [.. structures.Select(structure => structure.Summary())],
        [.. warnings, .. structures.SelectMany(structure => structure.Warnings())]);

    private static string ModalityOf(Volume image)
    {
        if (image.Modality.Length > 0)
            return image.Modality;
        if (image is { Channels: 3, Grid.HasPatientSpace: false })
            return "photograph (guessed)";
        return image.Samples.Min() <= -500 ? "CT (guessed)" : "not said";
    }
}
