using System.Text.RegularExpressions;

namespace MRNet.Dicom;

/// <summary>Descriptions without the words of an object's own names and identifiers, and without numbers of four digits and more.</summary>
internal sealed partial class CleanText
{
    private const int ShortestName = 2;

    private readonly HashSet<string> forbidden = new(StringComparer.OrdinalIgnoreCase);

    public CleanText(DicomDataset dataset) => Collect(dataset);

    public string Clean(string text) => Spaces().Replace(Word().Replace(text, word => IsTelling(word.Value) ? "" : word.Value), " ").Trim();

    private bool IsTelling(string word) => forbidden.Contains(word) || LongNumber().IsMatch(word);

    private void Collect(DicomDataset dataset)
    {
        foreach (var item in dataset)
        {
            if (item is DicomSequence sequence)
                foreach (var nested in sequence.Items)
                    Collect(nested);
            else if (item is DicomElement element && (item.VR == DicomVR.PN || item.Tag == DicomTag.PatientID || item.Tag == DicomTag.OtherPatientIDs || item.Tag == DicomTag.AccessionNumber || item.Tag == DicomTag.InstitutionName))
                foreach (var word in Word().Matches(element.Text()).Where(word => word.Length >= ShortestName))
                    forbidden.Add(word.Value);
        }
    }

    [GeneratedRegex(@"[\p{L}\p{N}]+")]
    private static partial Regex Word();

    [GeneratedRegex("[0-9]{4,}")]
    private static partial Regex LongNumber();

    [GeneratedRegex(@"\s{2,}")]
    private static partial Regex Spaces();
}
