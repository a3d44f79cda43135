namespace MRNet.Imaging.DataSets;

/// <summary>
/// The folders of the QUBIQ challenge: <c>dataset/{Training,Validation,Testing}/caseNN/image.nii.gz</c> with
/// <c>taskTT_segRR.nii.gz</c> beside. What real archives do otherwise is read too: split folders absent or spelled
/// otherwise, cases beside a Validation folder (they are Training), <c>caseNN_segRR.nii.gz</c> (task 01), ranks that differ
/// between image and mask, raters missing in a case or a task.
/// </summary>
internal static class QubiqReader
{
    public static bool Fits(string root) => DataSets(root).Any();

    /// <exception cref="InvalidImageException">Several data sets, a case without an image, or a damaged header.</exception>
    public static MultiRaterDataSet Open(string root, CancellationToken cancellation)
    {
        var sets = DataSets(root).ToArray();
        if (sets.Length > 1)
            throw new InvalidImageException($"{DataFolder.NameOf(root)} holds {sets.Length} data sets: {string.Join(", ", sets.Select(DataFolder.NameOf))}; name the folder of one.");

        var folders = CaseFolders(sets[0]).Select(found => QubiqFolder.Read(found.Folder, found.Split)).ToArray();
        var card = DataSetCard.In(sets[0]);
        var tasks = Numbers(folders, key => key.Task, card?.Structures.Count);
        var raters = Numbers(folders, key => key.Rater, card?.Raters.Count);
        if (tasks.Length == 0)
            throw new InvalidImageException($"{DataFolder.NameOf(root)} has {folders.Length} cases and no mask; expected files such as task01_seg01.nii.gz.");

        var axes = new QubiqAxes(folders, cancellation);
        var name = NameOf(sets[0]);
        var modality = card is { Modality.Length: > 0 } ? card.Modality : ModalityOf(name);
        var cases = folders.Select((folder, i) => CaseOf(folder, axes[i], tasks, raters, modality)).ToArray();
        return new(name, "qubiq", card?.Structures ?? [.. tasks.Select(task => $"task{task:00}")], card?.Raters ?? [.. raters.Select(rater => $"seg{rater:00}")], CaseNames.Unique(cases, card)) { Modality = modality };
    }

    /// <summary>All tasks or raters that any case has; with a card 1 to as many as it names.</summary>
    private static int[] Numbers(QubiqFolder[] folders, Func<(int Task, int Rater), int> number, int? named)
    {
        int[] found = [.. folders.SelectMany(folder => folder.Masks.Keys).Select(number).Distinct().Order()];
        if (named is not { } count)
            return found;
        return found.All(n => n >= 1 && n <= count)
            ? [.. Enumerable.Range(1, count)]
            : throw new InvalidImageException($"{DataSetCard.FileName} names {count} tasks or raters; the files have number {found.Max()}. Mend or remove {DataSetCard.FileName}.");
    }

    /// <summary>The folder itself where it holds cases or splits with cases, else those below it that do.</summary>
    private static IEnumerable<string> DataSets(string root) =>
        CaseFolders(root).Any() ? [root] : DataFolder.Folders(root).Where(folder => CaseFolders(folder).Any());

    private static IEnumerable<(string? Split, string Folder)> CaseFolders(string dataSet)
    {
        var direct = DataFolder.Folders(dataSet).Where(QubiqFolder.IsCase).ToArray();
        var below = DataFolder.Folders(dataSet).Where(folder => SplitNames.Of(folder) is not null)
            .SelectMany(split => DataFolder.Folders(split).Where(QubiqFolder.IsCase).Select(folder => (SplitNames.Of(split), folder)))
            .OrderBy(found => SplitNames.Rank(found.Item1)).ToArray();
        var splitOfDirect = below.Length > 0 ? "Training" : SplitNames.Of(dataSet);
        return [.. direct.Select(folder => (splitOfDirect, folder)), .. below];
    }

    private static FileCase CaseOf(QubiqFolder folder, NiftiAxes axes, int[] tasks, int[] raters, string modality) => new()
    {
        Name = folder.Name,
        Patient = folder.Name,
        Split = folder.Split,
        Image = new(folder.Name, folder.Image, axes, modality),
        Masks = [.. tasks.Select(task => raters.Select(rater => folder.Masks.TryGetValue((task, rater), out var path)
            ? new CaseMask(folder.Name, path, axes with { ChannelsLast = false, ThirdIsChannels = false })
            : null).ToArray())],
    };

    /// <summary>A split's folder is named after the data set above it.</summary>
    private static string NameOf(string folder) =>
        SplitNames.Of(folder) is not null && Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))) is { } above ? DataFolder.NameOf(above) : DataFolder.NameOf(folder);

    /// <summary>The challenge's data sets by name; NIfTI does not say it.</summary>
    private static string ModalityOf(string name) => name.ToLowerInvariant() switch
    {
        var set when set.Contains("kidney", StringComparison.Ordinal) || set.Contains("pancrea", StringComparison.Ordinal) => "CT",
        var set when set.Contains("brain", StringComparison.Ordinal) || set.Contains("prostate", StringComparison.Ordinal) => "MR",
        _ => "",
    };
}
