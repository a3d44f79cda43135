using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>Which side: the image says, else the user; never guessed from the picture.</summary>
internal static class Laterality
{
    /// <returns>R, L, B, or U for unknown or unpaired.</returns>
    public static string Of(DicomSeries source, WriterOptions options)
    {
        foreach (var tag in new[] { DicomTag.ImageLaterality, DicomTag.Laterality })
            if (source.First.GetStringOrEmpty(tag).Trim() is var side && side is ("R" or "L" or "B"))
                return side;
        return options.Laterality ?? "U";
    }

    /// <summary>The Laterality attribute: R or L as the source says, else empty.</summary>
    public static string Side(DicomSeries source) => Of(source, new()) is var side && side is "R" or "L" ? side : "";

    /// <summary>Anatomic Region Sequence item, with its side where known.</summary>
    public static DicomDataset Region(CodedConcept region, string side)
    {
        var item = Code.Item(region);
        if (side is "R" or "L")
            item.Add(DicomTag.AnatomicRegionModifierSequence, Code.Item(side == "R" ? Code.Right : Code.Left));
        return item;
    }
}
