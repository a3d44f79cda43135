using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>Reads and writes <c>train.json</c>.</summary>
public static class ConfigFile
{
    internal static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new AutoPreparation() },
        RespectNullableAnnotations = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        WriteIndented = true,
    };

    public static string Write(TrainingConfig config) => JsonSerializer.Serialize(config, Json);

    /// <exception cref="InvalidImageException">Not JSON, a key that is not known (with the nearest that is), or a value out of range.</exception>
    public static TrainingConfig Read(string path)
    {
        if (!File.Exists(path))
            throw new InvalidImageException($"There is no configuration {path}.");
        return Parse(File.ReadAllText(path), Path.GetFileName(path));
    }

    /// <inheritdoc cref="Read"/>
    public static TrainingConfig Parse(string json, string name)
    {
        try
        {
            var text = JsonNode.Parse(json, documentOptions: new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) ?? throw new JsonException("it is null");
            KnownKeys.Check(text, typeof(TrainingConfig), name);
            return Checked(text.Deserialize<TrainingConfig>(Json)!, name);
        }
        catch (Exception error) when (error is JsonException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidImageException($"{name} cannot be read: {error.Message}", error);
        }
    }

    /// <exception cref="InvalidImageException">The setting, its value and the range.</exception>
    public static TrainingConfig Checked(TrainingConfig config, string name)
    {
        object?[] parts = [config, config.Model, config.Augmentation, config.Locator, config.Locator.Augmentation, config.Split];
        var wrong = new List<ValidationResult>();
        if (!parts.OfType<object>().All(part => Validator.TryValidateObject(part, new ValidationContext(part), wrong, validateAllProperties: true)))
            throw new InvalidImageException($"{name}: {wrong[0].ErrorMessage}");
        if (config.Stretched is { } stretched && (stretched.Count != 2 || stretched[0] >= stretched[1]))
            throw new InvalidImageException($"{name}: stretched is [{string.Join(", ", stretched)}]; expected two rising values.");
        if (config.Split.ValidationShare + config.Split.TestShare >= 1)
            throw new InvalidImageException(FormattableString.Invariant($"{name}: the shares {config.Split.ValidationShare} and {config.Split.TestShare} leave nothing for training."));
        config.Training.Checked();
        return config;
    }

    /// <summary>"auto" for null.</summary>
    private sealed class AutoPreparation : JsonConverter<Preparation>
    {
        private static readonly JsonSerializerOptions Inner = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
            RespectNullableAnnotations = true,
        };

        public override bool HandleNull => true;

        public override Preparation? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String when reader.GetString() == "auto" => null,
            JsonTokenType.String => throw new JsonException($"preparation is '{reader.GetString()}'; expected \"auto\" or an object."),
            _ => JsonSerializer.Deserialize<Preparation>(ref reader, Inner),
        };

        public override void Write(Utf8JsonWriter writer, Preparation? value, JsonSerializerOptions options)
        {
            if (value is null)
                writer.WriteStringValue("auto");
            else
                JsonSerializer.Serialize(writer, value, Inner);
        }
    }
}
