using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>
/// One frame and where its attributes are: in its functional groups (PS3.3 C.7.6.16), per frame before shared, or in the
/// data set itself for a single-frame image.
/// </summary>
internal sealed class ImageFrame
{
    private readonly DicomDataset? perFrame;
    private readonly DicomDataset? shared;

    private ImageFrame(ImageFile file, int index, bool isMultiFrame)
    {
        (File, Index, IsMultiFrame) = (file, index, isMultiFrame);
        if (!isMultiFrame)
            return;
        shared = Item(file.Dataset, DicomTag.SharedFunctionalGroupsSequence, 0);
        perFrame = Item(file.Dataset, DicomTag.PerFrameFunctionalGroupsSequence, index);
    }

    public ImageFile File { get; }

    /// <summary>From 0.</summary>
    public int Index { get; }

    /// <summary>True of images with functional groups, also of one frame: references then name the frame.</summary>
    public bool IsMultiFrame { get; }

    public DicomDataset Dataset => File.Dataset;

    public SliceSource Source => new(File.SopInstanceUid, IsMultiFrame ? Index + 1 : 0);

    public string Name => IsMultiFrame ? $"{File.Name} frame {Index + 1}" : File.Name;

    public static IEnumerable<ImageFrame> Of(ImageFile file)
    {
        var frames = file.Dataset.GetSingleValueOrDefault(DicomTag.NumberOfFrames, 1);
        var hasGroups = file.Dataset.GetValueCount(DicomTag.PerFrameFunctionalGroupsSequence) > 0;
        if (frames is < 1 or > 100_000)
            throw new InvalidImageException($"{file.Name}: NumberOfFrames is {frames}; wanted 1 to 100000.");
        if (hasGroups && file.Dataset.GetValueCount(DicomTag.PerFrameFunctionalGroupsSequence) < frames)
            throw new InvalidImageException($"{file.Name}: PerFrameFunctionalGroupsSequence has {file.Dataset.GetValueCount(DicomTag.PerFrameFunctionalGroupsSequence)} items; NumberOfFrames is {frames}.");
        return Enumerable.Range(0, frames).Select(i => new ImageFrame(file, i, hasGroups || frames > 1));
    }

    /// <summary>The functional group of this frame; of a single-frame image, or where the group is absent, the data set.</summary>
    public DicomDataset In(DicomTag group) => Group(group) ?? Dataset;

    public DicomDataset? Group(DicomTag group) =>
        (perFrame is null ? null : Item(perFrame, group, 0)) ?? (shared is null ? null : Item(shared, group, 0));

    public DicomElement? Element(DicomTag group, DicomTag tag) =>
        In(group).TryGetItem<DicomElement>(tag, out var element) && element.Length > 0 ? element : null;

    /// <returns>Null when the attribute is absent or empty.</returns>
    /// <exception cref="InvalidImageException">Not so many numbers.</exception>
    public double[]? Numbers(DicomTag group, DicomTag tag, int count)
    {
        if (Element(group, tag) is null)
            return null;
        if (In(group).TryGetValues<double>(tag, out var values) && values.Length == count && Array.TrueForAll(values, double.IsFinite))
            return values;
        throw new InvalidImageException($"{Name}: {tag.Keyword} does not hold {count} decimal numbers.");
    }

    public string Text(DicomTag group, DicomTag tag) => In(group).GetStringOrEmpty(tag);

    private static DicomDataset? Item(DicomDataset dataset, DicomTag sequence, int index) =>
        dataset.TryGetSequence(sequence, out var items) && index < items.Items.Count ? items.Items[index] : null;
}
