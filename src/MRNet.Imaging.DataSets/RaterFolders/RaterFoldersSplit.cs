namespace MRNet.Imaging.DataSets;

/// <summary>One split of a data set with a folder for each rater.</summary>
internal sealed class RaterFoldersSplit(string folder, string? split, string[] raters, string[] structures, string modality)
{
    public IEnumerable<FileCase> Cases()
    {
        var images = DataFolder.Files(RaterFoldersReader.ImagesIn(folder)!).Where(CaseImage.IsImage).ToArray();
        var stems = ByStem(images);
        var masks = structures.Select(structure => raters.Select(rater => MasksOf(rater, structure, stems)).ToArray()).ToArray();

        return stems.OrderBy(image => image.Key, NaturalOrder.Instance).Select(image => new FileCase
        {
            Name = image.Key,
            Patient = image.Key,
            Split = split,
            Image = new(image.Key, image.Value, AxesOf(image.Key, image.Value), modality),
            Masks = [.. masks.Select(ofStructure => ofStructure.Select(ofRater =>
                ofRater.TryGetValue(image.Key, out var path) ? new CaseMask(image.Key, path) : null).ToArray())],
        });
    }

    /// <summary>A 4-D NIfTI image has channels there; nothing else is guessed.</summary>
    private static NiftiAxes AxesOf(string name, string path) => CaseImage.IsNifti(path)
        ? InCase.Read(name, path, () => NiftiAxes.OfImageAlone(Nifti.NiftiReader.ReadHeader(path)))
        : default;

    private Dictionary<string, string> MasksOf(string rater, string structure, Dictionary<string, string> images)
    {
        var inRater = Path.Combine(folder, rater);
        var flat = DataFolder.Files(inRater).Where(CaseImage.IsImage).ToArray();
        if (structures is not [RaterFoldersReader.OnlyStructure] && flat.Length > 0)
            throw new InvalidImageException($"{rater} holds {Path.GetFileName(flat[0])} beside folders of structures; expected each mask in one of {string.Join(", ", structures)}.");

        var below = Path.Combine(inRater, structure);
        var masks = ByStem(Directory.Exists(below) ? DataFolder.Files(below).Where(CaseImage.IsImage) : flat);
        if (masks.FirstOrDefault(mask => !images.ContainsKey(mask.Key)) is { Value: { } lost })
            throw new InvalidImageException($"{rater}/{Path.GetFileName(lost)} belongs to no image: images/ has no file of the name {CaseImage.StemOf(lost)}. A mask has its image's name.");
        return masks;
    }

    private static Dictionary<string, string> ByStem(IEnumerable<string> files)
    {
        var byStem = new Dictionary<string, string>();
        foreach (var file in files)
            if (!byStem.TryAdd(CaseImage.StemOf(file), file))
                throw new InvalidImageException($"{Path.GetFileName(file)} and {Path.GetFileName(byStem[CaseImage.StemOf(file)])} lie in one folder; expected one file for each name.");
        return byStem;
    }
}
