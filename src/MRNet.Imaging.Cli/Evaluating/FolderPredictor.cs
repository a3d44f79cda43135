using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>Somebody else's maps: <c>[dataset/]case/task01.nii.gz</c>. Nothing of a network is touched.</summary>
internal sealed class FolderPredictor : ICasePredictor
{
    private static readonly string[] Endings = [".nii.gz", ".nii"];

    private readonly string folder;
    private readonly MultiRaterDataSet data;

    /// <exception cref="InvalidImageException">There is no such folder.</exception>
    public FolderPredictor(string folder, MultiRaterDataSet data)
    {
        (this.folder, this.data) = (folder, data);
        if (!Directory.Exists(folder))
            throw new InvalidImageException($"There is no folder {folder} with predictions.");
    }

    public string Name => $"predictions in {Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))}";

    public double Temperature => 1;

    public float Threshold => 0.5f;

    public int? NetworkSize => null;

    public CasePrediction Predict(MultiRaterCase one, Grid grid, Func<Volume> image, IReadOnlyCollection<int> structures, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new([.. data.Structures.Select((_, s) => structures.Contains(s) ? one.ReadMap(Find(one, s), grid, s) : null)]);
    }

    public void Dispose()
    {
    }

    private string Find(MultiRaterCase one, int structure)
    {
        var name = MapFiles.NameOf(data, structure);
        string[] places = [.. from above in new[] { Path.Combine(folder, data.Name), folder } from ending in Endings select Path.Combine(above, one.Name, name + ending)];
        return places.FirstOrDefault(File.Exists) ?? throw new InvalidImageException(
            $"{one.Name} has no prediction of {data.Structures[structure]}; expected {data.Name}/{one.Name}/{name}.nii.gz or {one.Name}/{name}.nii.gz under {folder}.");
    }
}

/// <summary>What the challenge calls the files of maps.</summary>
internal static class MapFiles
{
    /// <summary>task01 for the first structure; QUBIQ's own tasks keep their numbers.</summary>
    public static string NameOf(MultiRaterDataSet data, int structure) =>
        data.Structures[structure] is ['t', 'a', 's', 'k', >= '0' and <= '9', >= '0' and <= '9'] task ? task : $"task{structure + 1:00}";
}
