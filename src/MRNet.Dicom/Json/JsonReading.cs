using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MRNet.Dicom;

/// <summary>JSON to data sets, PS3.18 section F.2. Values are taken as they come; whether they keep to their VR shows when they are used.</summary>
internal static class JsonReading
{
    private static readonly string[] NameGroups = ["Alphabetic", "Ideographic", "Phonetic"];

    public static DicomDataset Dataset(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new DicomFileException($"The JSON has {json.ValueKind} where a data set is an object.");
        var dataset = new DicomDataset();
        foreach (var attribute in json.EnumerateObject())
        {
            if (!DicomTag.TryParse(attribute.Name, out var tag))
                throw new DicomFileException($"The JSON names an attribute with {attribute.Name.Length} characters that are no tag; wanted eight hexadecimal digits.");
            dataset.AddOrUpdate(Item(tag, attribute.Value));
        }

        return dataset;
    }

    private static DicomItem Item(DicomTag tag, JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Wrong(tag, json, "an object with \"vr\"");
        var vr = json.TryGetProperty("vr", out var code) && code.ValueKind == JsonValueKind.String && code.GetString() is { Length: 2 } letters
            ? DicomVR.Find(letters) ?? DicomVR.UN
            : DicomDictionary.VROf(tag);
        if (json.TryGetProperty("InlineBinary", out var binary))
            return new DicomElement(tag, vr, Bytes(tag, binary));
        if (!json.TryGetProperty("Value", out var values) || values.ValueKind == JsonValueKind.Null)
            return vr == DicomVR.SQ ? new DicomSequence(tag, []) : new DicomElement(tag, vr, ReadOnlyMemory<byte>.Empty);
        if (values.ValueKind != JsonValueKind.Array)
            throw Wrong(tag, values, "an array");
        if (vr == DicomVR.SQ)
            return new DicomSequence(tag, values.EnumerateArray().Where(item => item.ValueKind != JsonValueKind.Null).Select(Dataset).ToList());
        if (vr.IsString)
            return Texts(tag, vr, values);
        if (vr == DicomVR.AT)
            return ElementFactory.FromTags(tag, values.EnumerateArray().Select(value => DicomTag.Parse(value.ValueKind == JsonValueKind.String ? value.GetString()! : "")));
        return Numbers(tag, vr, values);
    }

    private static byte[] Bytes(DicomTag tag, JsonElement binary) => binary.ValueKind == JsonValueKind.String && binary.TryGetBytesFromBase64(out var bytes)
        ? bytes
        : throw Wrong(tag, binary, "base64");

    private static DicomElement Texts(DicomTag tag, DicomVR vr, JsonElement values)
    {
        var text = string.Join('\\', values.EnumerateArray().Select(value => Text(tag, value)));
        return new(tag, vr, Encoding.UTF8.GetBytes(text), System.Text.Ascii.IsValid(text) ? CharacterSet.Default : CharacterSet.Utf8);
    }

    private static string Text(DicomTag tag, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => Number(tag, value.GetRawText()),
        JsonValueKind.Object => string.Join('=', NameGroups.Select(group => value.TryGetProperty(group, out var name) && name.ValueKind == JsonValueKind.String ? name.GetString() : "")).TrimEnd('='),
        _ => throw Wrong(tag, value, "text, a number or a name"),
    };

    /// <summary>A number as DS writes it: the digits as they are, or as many as fit.</summary>
    private static string Number(DicomTag tag, string raw) => raw.Length <= 16 || !double.TryParse(raw, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value)
        ? raw
        : ValueRules.Decimal(tag, value);

    private static DicomElement Numbers(DicomTag tag, DicomVR vr, JsonElement values)
    {
        if (vr.Code is "FL" or "FD")
            return ElementFactory.FromNumbers<double>(tag, vr, [.. values.EnumerateArray().Select(value => Real(tag, value))]);
        return ElementFactory.FromNumbers<decimal>(tag, vr, [.. values.EnumerateArray().Select(value => Whole(tag, value))]);
    }

    private static double Real(DicomTag tag, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => value.GetString() switch
        {
            "NaN" => double.NaN,
            "inf" or "Infinity" => double.PositiveInfinity,
            "-inf" or "-Infinity" => double.NegativeInfinity,
            var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(tag, value, "a number"),
        },
        _ => throw Wrong(tag, value, "a number"),
    };

    private static decimal Whole(DicomTag tag, JsonElement value) =>
        decimal.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : value.ValueKind == JsonValueKind.Number ? value.GetRawText() : "", NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Wrong(tag, value, "an integer");

    private static DicomFileException Wrong(DicomTag tag, JsonElement found, string wanted) =>
        new($"{tag.Named()} in JSON holds {found.ValueKind}; wanted {wanted}.");
}
