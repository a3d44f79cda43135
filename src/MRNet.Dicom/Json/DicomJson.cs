using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MRNet.Dicom;

/// <summary>The DICOM JSON model, PS3.18 annex F, both ways. File meta information has no place in it.</summary>
public static class DicomJson
{
    /// <summary>One data set as a JSON object.</summary>
    public static string ConvertDicomToJson(DicomDataset dataset, DicomJsonOptions? options = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Write(bytes, [dataset], options ?? DicomJsonOptions.Default, asArray: false);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>Data sets as a JSON array, as services answer them.</summary>
    public static string ConvertDicomToJson(IEnumerable<DicomDataset> datasets, DicomJsonOptions? options = null)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Write(bytes, datasets, options ?? DicomJsonOptions.Default, asArray: true);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>One JSON object as a data set.</summary>
    /// <exception cref="DicomFileException">No JSON, or not in the DICOM model; the message names the attribute.</exception>
    public static DicomDataset ConvertJsonToDicom(string json) => ConvertJsonToDicoms(Encoding.UTF8.GetBytes(json)) is [var one]
        ? one
        : throw new DicomFileException("The JSON holds several data sets; wanted one.");

    /// <summary>A JSON array of objects, or one object, as data sets.</summary>
    /// <inheritdoc cref="ConvertJsonToDicom"/>
    public static IReadOnlyList<DicomDataset> ConvertJsonToDicoms(ReadOnlyMemory<byte> json)
    {
        try
        {
            // Each sequence within another takes three levels of JSON.
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = (3 * DicomReadOptions.Default.MaximumDepth) + 4 });
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select(JsonReading.Dataset)]
                : [JsonReading.Dataset(document.RootElement)];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException) // the latter of text with half a surrogate pair
        {
            throw new DicomFileException($"The JSON cannot be read: {error.Message}", error);
        }
    }

    private static void Write(ArrayBufferWriter<byte> bytes, IEnumerable<DicomDataset> datasets, DicomJsonOptions options, bool asArray)
    {
        using var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = options.Indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 1000 });
        var writing = new JsonWriting(writer, options);
        if (asArray)
            writer.WriteStartArray();
        foreach (var dataset in datasets)
            writing.Dataset(dataset);
        if (asArray)
            writer.WriteEndArray();
    }
}
