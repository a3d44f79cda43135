namespace MRNet.Imaging.DataSets;

/// <summary>A layout that can be written.</summary>
public enum DataSetLayout
{
    /// <summary>case01/image.nii.gz and task01_seg01.nii.gz; channels are the last dimension.</summary>
    Qubiq,

    /// <summary>images/ and a folder for each rater: PNG (JPEG where the source is) for photographs, NIfTI for what has a place in a patient or more than 8 bits.</summary>
    RaterFolders,
}

/// <summary>Writes a data set in another layout, voxel for voxel. What file names cannot keep is in dataset.json.</summary>
public static class DataSetWriter
{
    /// <param name="folder">New or empty. Each file is whole or absent; a caller who wants all or nothing writes elsewhere first.</param>
    /// <exception cref="InvalidImageException">The folder holds something, or two cases would have one name.</exception>
    public static void Write(MultiRaterDataSet data, string folder, DataSetLayout layout, IProgress<float>? progress, CancellationToken cancellation)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InvalidImageException($"The folder {folder} is not empty; two data sets would be mixed. Give a new or an empty one.");

        var files = data.Cases.Select(one => FileNameOf(one)).ToArray();
        var places = data.Cases.Select(one => SplitFolder(data, one)).ToArray();
        if (files.Zip(places).GroupBy(place => place).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidImageException($"Two cases would both be written as {twice.Key.First}; rename one.");

        Directory.CreateDirectory(folder);
        for (var i = 0; i < data.Cases.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var place = Path.Combine(folder, places[i]);
            if (layout == DataSetLayout.Qubiq)
                QubiqWriter.Write(data.Cases[i], Path.Combine(place, files[i]), cancellation);
            else
                RaterFoldersWriter.Write(data, data.Cases[i], place, files[i], cancellation);
            progress?.Report((i + 1f) / data.Cases.Count);
        }

        Card(data, files).Write(folder);
    }

    /// <summary>No split level where the data set has none.</summary>
    private static string SplitFolder(MultiRaterDataSet data, MultiRaterCase one) =>
        data.Cases.All(other => other.Split is null) ? "" : one.Split ?? "Training";

    /// <summary>"LIDC-IDRI-0001/nodule-0" becomes one name; a split that stands before the name is the folder's.</summary>
    private static string FileNameOf(MultiRaterCase one)
    {
        var name = one.Split is { } split && one.Name.StartsWith(split + "/", StringComparison.Ordinal) ? one.Name[(split.Length + 1)..] : one.Name;
        return string.Join('_', name.Split('/', '\\'));
    }

    private static DataSetCard Card(MultiRaterDataSet data, string[] files) => new()
    {
        Note = data.Raters.Any(rater => rater.StartsWith("simulated-", StringComparison.Ordinal)) ? "The raters are simulated from one grader's masks; they are no people." : "",
        Structures = data.Structures,
        Raters = data.Raters,
        Modality = data.Modality,
        Patients = data.Cases.Zip(files).Where(pair => pair.First.Patient != pair.First.Name).DistinctBy(pair => pair.Second)
            .ToDictionary(pair => pair.Second, pair => pair.First.Patient),
    };
}
