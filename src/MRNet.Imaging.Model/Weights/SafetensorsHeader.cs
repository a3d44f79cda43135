using System.Text.Json;

namespace MRNet.Imaging.Model.Weights;

/// <summary>The JSON header of a safetensors file, checked against the bytes there are.</summary>
internal sealed record SafetensorsHeader(Dictionary<string, SafetensorsEntry> Tensors, Dictionary<string, string> Metadata)
{
    private const string MetadataKey = "__metadata__";

    private static readonly Dictionary<string, (ScalarType Type, int Bytes)> Types = new()
    {
        ["BOOL"] = (ScalarType.Bool, 1),
        ["U8"] = (ScalarType.Byte, 1),
        ["I8"] = (ScalarType.Int8, 1),
        ["I16"] = (ScalarType.Int16, 2),
        ["I32"] = (ScalarType.Int32, 4),
        ["I64"] = (ScalarType.Int64, 8),
        ["F16"] = (ScalarType.Float16, 2),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["F32"] = (ScalarType.Float32, 4),
        ["F64"] = (ScalarType.Float64, 8),
    };

    /// <param name="json">The header.</param>
    /// <param name="available">Bytes after the header.</param>
    /// <param name="file">Name for messages.</param>
    /// <exception cref="WeightsException">What is wrong, and with which tensor.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long available, string file)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8, AllowMultipleValues = false });
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.Read())
                throw new JsonException("something follows the JSON");
            var header = Read(document.RootElement, available);
            header.RefuseGaps(available);
            return header;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException or OverflowException)
        {
            throw new WeightsException($"The header of {file} is not that of a safetensors file: {error.Message}", error);
        }
        catch (WeightsException error)
        {
            throw new WeightsException($"{file}: {error.Message}", error);
        }
    }

    /// <returns>UTF-8 JSON, filled up with spaces to a multiple of 8.</returns>
    public static byte[] Write(IEnumerable<(string Name, ScalarType Type, long[] Shape)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                WriteMetadata(json, metadata);

            var at = 0L;
            foreach (var (name, type, shape) in tensors)
                at = WriteEntry(json, name, type, shape, at);
            json.WriteEndObject();
        }

        while (stream.Length % 8 != 0)
            stream.WriteByte((byte)' ');
        return stream.ToArray();
    }

    private static SafetensorsHeader Read(JsonElement root, long available)
    {
        var header = new SafetensorsHeader([], []);
        foreach (var property in root.EnumerateObject())
        {
            if (property.Name == MetadataKey)
                foreach (var pair in property.Value.EnumerateObject())
                    header.Metadata[pair.Name] = pair.Value.GetString() ?? "";
            else if (!header.Tensors.TryAdd(property.Name, Described(property.Name, property.Value, available)))
                throw new WeightsException($"{property.Name} is described twice.");
        }

        return header;
    }

    private static SafetensorsEntry Described(string name, JsonElement value, long available)
    {
        try
        {
            return Entry(name, value, available);
        }
        catch (Exception error) when (error is InvalidOperationException or FormatException or OverflowException)
        {
            throw new WeightsException($"{name} is not described as a tensor: {error.Message}", error);
        }
    }

    private static SafetensorsEntry Entry(string name, JsonElement value, long available)
    {
        var type = Text(value, "dtype", name);
        if (!Types.TryGetValue(type, out var known))
            throw new WeightsException($"{name} has the type {type}; expected one of {string.Join(' ', Types.Keys)}.");

        var shape = Numbers(value, "shape", name);
        var offsets = Numbers(value, "data_offsets", name);
        if (offsets is not [var begin, var end] || begin < 0 || end < begin || end > available)
            throw new WeightsException($"{name} lies at [{string.Join(", ", offsets)}]; the file holds {available} bytes of numbers.");

        var bytes = shape.Aggregate((long)known.Bytes, (product, n) => n >= 0 ? checked(product * n) : throw new WeightsException($"{name} has the negative size {n}."));
        if (end - begin != bytes)
            throw new WeightsException($"{name} takes {end - begin} bytes; {type} ({string.Join(", ", shape)}) takes {bytes}.");
        return new(known.Type, shape, begin, end);
    }

    private static string Text(JsonElement value, string key, string name) =>
        value.TryGetProperty(key, out var text) && text.GetString() is { } found ? found : throw new WeightsException($"{name} has no {key}.");

    private static long[] Numbers(JsonElement value, string key, string name) =>
        value.TryGetProperty(key, out var list) ? [.. list.EnumerateArray().Select(n => n.GetInt64())] : throw new WeightsException($"{name} has no {key}.");

    /// <summary>The format's own rule: tensors follow each other and end with the file, so that nothing can be hidden between them.</summary>
    private void RefuseGaps(long available)
    {
        var last = (Name: "", End: 0L);
        foreach (var (name, entry) in Tensors.Where(t => t.Value.End > t.Value.Begin).OrderBy(t => t.Value.Begin))
        {
            if (entry.Begin < last.End)
                throw new WeightsException($"{name} and {last.Name} overlap.");
            if (entry.Begin > last.End)
                throw new WeightsException($"{name} begins at {entry.Begin}; expected {last.End}: no gap before it.");
            last = (name, entry.End);
        }

        if (last.End != available)
            throw new WeightsException($"the numbers end at {last.End}; expected {available}, the end of the file: no gap behind them.");
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(MetadataKey);
        foreach (var (key, value) in metadata)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static long WriteEntry(Utf8JsonWriter json, string name, ScalarType type, long[] shape, long at)
    {
        var (text, known) = Types.First(t => t.Value.Type == type);
        var end = at + shape.Aggregate((long)known.Bytes, (product, n) => product * n);

        json.WriteStartObject(name);
        json.WriteString("dtype", text);
        json.WriteStartArray("shape");
        foreach (var n in shape)
            json.WriteNumberValue(n);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(at);
        json.WriteNumberValue(end);
        json.WriteEndArray();
        json.WriteEndObject();
        return end;
    }
}
