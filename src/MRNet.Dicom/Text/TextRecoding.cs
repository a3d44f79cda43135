using System.Text;

namespace MRNet.Dicom;

/// <summary>Brings a data set whose text comes from several character sets to one: UTF-8.</summary>
internal static class TextRecoding
{
    /// <returns>The data set itself if all its text is in the set it declares; else a copy in ISO_IR 192.</returns>
    public static DicomDataset Unified(DicomDataset dataset) =>
        IsConsistent(dataset, CharacterSet.Default) ? dataset : Recoded(dataset, isRoot: true);

    private static bool IsConsistent(DicomDataset dataset, CharacterSet inherited)
    {
        var declared = dataset.TryGetString(DicomTag.SpecificCharacterSet, out var terms) ? CharacterSet.Parse(terms) : inherited;
        foreach (var item in dataset)
        {
            if (item is DicomSequence sequence && !sequence.Items.All(nested => IsConsistent(nested, declared)))
                return false;
            if (item is DicomElement element && NeedsSet(element) && element.CharacterSet.Terms != declared.Terms)
                return false;
        }

        return true;
    }

    private static bool NeedsSet(DicomElement element) =>
        element.VR.IsEncodedText && element.Length > 0 && !CharacterSet.IsNeutral(element.Bytes.Span);

    private static DicomDataset Recoded(DicomDataset dataset, bool isRoot)
    {
        var recoded = new List<DicomItem>(dataset.Count + 1);
        foreach (var item in dataset)
        {
            if (item.Key == DicomTag.SpecificCharacterSet.Key)
                continue;
            recoded.Add(item switch
            {
                DicomSequence sequence => new DicomSequence(sequence.Tag, sequence.Items.Select(nested => Recoded(nested, isRoot: false)).ToList()),
                DicomElement element when NeedsSet(element) =>
                    new DicomElement(element.Tag, element.VR, Encoding.UTF8.GetBytes(element.CharacterSet.Decode(element.Bytes.Span, element.VR)), CharacterSet.Utf8),
                _ => item,
            });
        }

        if (isRoot)
            recoded.Add(new DicomElement(DicomTag.SpecificCharacterSet, DicomVR.CS, Encoding.ASCII.GetBytes(CharacterSet.Utf8.Terms)));
        return new DicomDataset(recoded, isSorted: false) { InternalTransferSyntax = dataset.InternalTransferSyntax };
    }
}
