using System.Text;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>One module of PS3.3: its attributes and nothing else.</summary>
internal interface IModule
{
    void AddTo(DicomDataset dataset);
}

internal static class ModuleExtensions
{
    public static DicomDataset With(this DicomDataset dataset, IModule module)
    {
        module.AddTo(dataset);
        return dataset;
    }

    /// <summary>Type 2: the source's value, or empty.</summary>
    public static DicomDataset CopyOrEmpty(this DicomDataset dataset, DicomDataset source, params ReadOnlySpan<DicomTag> tags)
    {
        foreach (var tag in tags)
        {
            if (source.Contains(tag))
                source.CopyTo(dataset, tag);
            else
                dataset.AddOrUpdate(tag);
        }

        return dataset;
    }

    /// <summary>Type 3: the source's value, where it has one.</summary>
    public static DicomDataset CopyPresent(this DicomDataset dataset, DicomDataset source, params ReadOnlySpan<DicomTag> tags)
    {
        foreach (var tag in tags)
            if (source.GetValueCount(tag) > 0)
                source.CopyTo(dataset, tag);
        return dataset;
    }

    /// <summary>Type 1: a value there must be.</summary>
    /// <exception cref="InvalidImageException">The source has none; it is never made up.</exception>
    public static DicomDataset CopyRequired(this DicomDataset dataset, DicomDataset source, DicomTag tag)
    {
        if (source.GetValueCount(tag) == 0)
            throw new InvalidImageException($"The source has no {tag.Keyword}; an object derived from it must have one. Give the images their identifiers first, or leave DICOM out (--format nifti,png,json).");
        source.CopyTo(dataset, tag);
        return dataset;
    }

    /// <summary>A UID of the source as it stands there: one with a leading zero is wrong, but another one would refer to nothing.</summary>
    public static DicomDataset AddForeignUid(this DicomDataset dataset, DicomTag tag, string uid) =>
        dataset.AddOrUpdate(new DicomElement(tag, DicomVR.UI, Encoding.ASCII.GetBytes(uid)));

    public static DicomDataset AddElement(this DicomDataset dataset, DicomElement? element) => element is null ? dataset : dataset.AddOrUpdate(element);
}
