using System.Globalization;
using System.Text.Json;

namespace MRNet.Dicom;

/// <summary>Data sets to JSON, PS3.18 section F.2: numbers as numbers, names in their three groups, the rest as text or base64.</summary>
internal sealed class JsonWriting(Utf8JsonWriter json, DicomJsonOptions options)
{
    private static readonly string[] NameGroups = ["Alphabetic", "Ideographic", "Phonetic"];

    public void Dataset(DicomDataset dataset)
    {
        json.WriteStartObject();
        foreach (var item in dataset)
        {
            if (item.Tag.IsGroupLength)
                continue;
            json.WriteStartObject($"{item.Tag.Group:X4}{item.Tag.Element:X4}");
            json.WriteString("vr", item.VR.Code);
            Value(item);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void Value(DicomItem item)
    {
        switch (item)
        {
            case DicomSequence { Items.Count: > 0 } sequence:
                json.WriteStartArray("Value");
                foreach (var nested in sequence.Items)
                    Dataset(nested);
                json.WriteEndArray();
                break;
            case DicomFragmentSequence fragments:
                Bulk(item, fragments.Fragments.Sum(fragment => (long)fragment.Length), () => Encoded(fragments));
                break;
            case DicomElement element when element.VR.IsOther || element.VR == DicomVR.UN:
                if (element.Length > 0)
                    Bulk(item, element.Length, () => element.Bytes);
                break;
            case DicomElement { Length: > 0 } element:
                Values(element);
                break;
        }
    }

    private void Bulk(DicomItem item, long length, Func<ReadOnlyMemory<byte>> bytes)
    {
        if (options.BulkDataUri?.Invoke(item) is { } uri)
            json.WriteString("BulkDataURI", uri);
        else if (length <= (options.LongestInlineBytes ?? long.MaxValue))
            json.WriteBase64String("InlineBinary", bytes().Span);
    }

    private void Values(DicomElement element)
    {
        var values = ValueConversion.Values<string>(element);
        if (values is [] or [""])
            return;
        json.WriteStartArray("Value");
        if (element.Tag == DicomTag.SpecificCharacterSet)
            json.WriteStringValue("ISO_IR 192"); // JSON is UTF-8, section F.2
        else if (element.VR.Code is "FL" or "FD")
            Array.ForEach(ValueConversion.Values<double>(element), Real);
        else
            Array.ForEach(values, value => Value(element.VR, value));
        json.WriteEndArray();
    }

    private void Value(DicomVR vr, string value)
    {
        if (value.Length == 0)
            json.WriteNullValue();
        else if (vr == DicomVR.PN)
            Name(value);
        else if (vr.Code is "DS" or "IS" or "US" or "SS" or "UL" or "SL" or "UV" or "SV")
            Number(value);
        else
            json.WriteStringValue(value);
    }

    /// <summary>The digits as they are in the file where JSON can write them; what is no number stays text (section F.2.3.1 lets DS and IS be strings).</summary>
    private void Number(string value)
    {
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            json.WriteNumberValue(whole);
        else if (decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var exact))
            json.WriteNumberValue(exact);
        else if (ulong.TryParse(value, CultureInfo.InvariantCulture, out var large))
            json.WriteNumberValue(large);
        else if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real))
            json.WriteNumberValue(real);
        else
            json.WriteStringValue(value);
    }

    private void Real(double value)
    {
        if (double.IsFinite(value))
            json.WriteNumberValue(value);
        else
            json.WriteStringValue(double.IsNaN(value) ? "NaN" : value > 0 ? "inf" : "-inf");
    }

    private void Name(string value)
    {
        json.WriteStartObject();
        foreach (var (name, text) in NameGroups.Zip(value.Split('=')))
            if (text.Length > 0)
                json.WriteString(name, text);
        json.WriteEndObject();
    }

    /// <summary>Items with their headers, as they stand in the file.</summary>
    private static ReadOnlyMemory<byte> Encoded(DicomFragmentSequence fragments)
    {
        using var stream = new MemoryStream();
        DicomWriter.WriteDataset(stream, new DicomDataset().Add(fragments), isExplicit: true);
        return stream.ToArray().AsMemory(12, (int)stream.Length - 12 - 8); // without the header before and the delimiter behind
    }
}
