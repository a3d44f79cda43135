using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Settings;

/// <summary>What a key of the settings stands for, as the options' own classes say.</summary>
/// <param name="Type">Of its value.</param>
/// <param name="Rules">That the value keeps, or each value of a list.</param>
internal sealed record Setting(Type Type, ValidationAttribute[] Rules)
{
    public static Setting All { get; } = new(typeof(ServerOptions), []);

    /// <summary>Values by number: <c>Origins:0</c>.</summary>
    public bool IsList => Is(typeof(IReadOnlyList<>));

    /// <summary>Values by a name that the user chose: <c>Roots:scans</c>.</summary>
    public bool IsNamed => Is(typeof(IReadOnlyDictionary<,>));

    /// <summary>Settings of their own: <c>Jobs</c>.</summary>
    public bool IsSection => !IsList && !IsNamed && Type.IsClass && Type != typeof(string);

    /// <summary>What <see cref="IsSection"/> consists of, in the order of its class.</summary>
    public IEnumerable<PropertyInfo> Parts => IsSection ? Type.GetProperties().Where(property => property.CanWrite) : [];

    private Type Plain => Nullable.GetUnderlyingType(Type) ?? Type;

    /// <returns>null: there is no such setting.</returns>
    public static Setting? Find(string key) => key.Split(':').Aggregate((Setting?)All, (here, part) => here?.Inner(part));

    public static Setting Of(PropertyInfo property) => new(property.PropertyType, [.. property.GetCustomAttributes<ValidationAttribute>()]);

    /// <summary>The setting of one item, for lists and named values.</summary>
    public Setting Item => this with { Type = Type.GetGenericArguments()[^1] };

    /// <summary>Whether the text is a value that may stand there.</summary>
    public bool Accepts(string text) => Parse(text) is { } value && Rules.All(rule => rule.IsValid(value));

    /// <summary>What may stand there, in words that follow "expected".</summary>
    public string Expected => Plain switch
    {
        _ when IsSection => "an object with settings of its own",
        _ when IsList => "a list",
        _ when IsNamed => "an object of names with their values",
        { IsEnum: true } => Bounds,
        _ when Plain == typeof(bool) => "true or false",
        _ when Plain == typeof(TimeSpan) => $"a time{Between}, as [days.]hours:minutes:seconds",
        _ when Plain == typeof(string) => Text,
        _ when Plain == typeof(double) => $"a number{Between}",
        _ => $"a whole number{Between}",
    };

    /// <summary>The least and the greatest value, or the names to choose from; empty where there are no such.</summary>
    public string Bounds => Rules.OfType<RangeAttribute>().FirstOrDefault() switch
    {
        null => Plain.IsEnum ? string.Join(" or ", Enum.GetNames(Plain)) : "",
        { Maximum: int.MaxValue or >= (double)long.MaxValue } range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} or more"),
        var range => string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}"),
    };

    private string Between => Bounds.Length > 0 ? ", " + Bounds : "";

    private string Text => Rules.FirstOrDefault() switch
    {
        FolderThatIsThereAttribute => "a folder that is there",
        StringLengthAttribute length => $"{length.MinimumLength} to {length.MaximumLength} characters",
        RegularExpressionAttribute { ErrorMessage: { } words } => words,
        AllowedValuesAttribute allowed => string.Join(" or ", allowed.Values),
        RequiredAttribute => "some text",
        _ => "text",
    };

    private Setting? Inner(string part)
    {
        if (IsList)
            return int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? Item : null;
        if (IsNamed)
            return Item;
        return Parts.FirstOrDefault(property => property.Name.Equals(part, StringComparison.OrdinalIgnoreCase)) is { } found ? Of(found) : null;
    }

    /// <returns>null: not of this kind.</returns>
    private object? Parse(string text) => Plain switch
    {
        _ when IsSection || IsList || IsNamed => null,
        { IsEnum: true } enumeration => Enum.GetNames(enumeration).Contains(text, StringComparer.OrdinalIgnoreCase) ? text : null,
        _ when Plain == typeof(bool) => bool.TryParse(text, out var value) ? value : null,
        _ when Plain == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null,
        _ when Plain == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null,
        _ when Plain == typeof(double) => double.TryParse(text, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null,
        // "30" alone would be thirty days
        _ when Plain == typeof(TimeSpan) => text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value) ? value : null,
        _ when Plain == typeof(string) => text,
        _ => throw new NotSupportedException($"A setting of type {Plain} cannot be read; teach {nameof(Setting)} how."),
    };

    private bool Is(Type generic) => Type.IsGenericType && Type.GetGenericTypeDefinition() == generic;
}
