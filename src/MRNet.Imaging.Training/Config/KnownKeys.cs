using System.Collections;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training;

/// <summary>Refuses keys that mean nothing: a mistyped setting would else be left at its default in silence.</summary>
internal static class KnownKeys
{
    /// <exception cref="InvalidImageException">The key, where it stands, and the nearest known one.</exception>
    public static void Check(JsonNode? node, Type type, string where)
    {
        if (node is JsonArray array)
            foreach (var item in array)
                Check(item, ItemOf(type), where);
        if (node is not JsonObject keys || typeof(IDictionary).IsAssignableFrom(type))
            return;

        var known = KeysOf(type);
        foreach (var (key, value) in keys)
        {
            if (!known.TryGetValue(key, out var inner))
                throw new InvalidImageException($"{where}: there is no setting '{key}'; {Nearest(key, known.Keys)}");
            Check(value, inner, $"{where}: {key}");
        }
    }

    private static Dictionary<string, Type> KeysOf(Type type)
    {
        var options = new System.Text.Json.JsonSerializerOptions { PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.CamelCase, TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        return options.GetTypeInfo(type).Properties.Where(property => property.Set is not null || property.AssociatedParameter is not null)
            .ToDictionary(property => property.Name, property => property.PropertyType == typeof(JsonObject) ? typeof(NetworkOptions) : property.PropertyType);
    }

    private static Type ItemOf(Type type) => type.IsGenericType ? type.GetGenericArguments()[0] : typeof(object);

    private static string Nearest(string key, IEnumerable<string> known)
    {
        var nearest = Spelling.Nearest(key, known);
        return nearest is null ? "no setting is known there." : $"did you mean '{nearest}'?";
    }
}
