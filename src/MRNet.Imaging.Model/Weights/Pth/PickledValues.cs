namespace MRNet.Imaging.Model.Weights.Pth;

/// <summary>What a restricted pickle may hold besides numbers, text, lists and tuples (<c>object?[]</c>).</summary>
internal sealed record PickledStorage(ScalarType Type, string Key, long Count);

/// <summary>A view of a storage; the numbers are in another entry of the archive.</summary>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>A Python dict or OrderedDict. Its entries stay in their order, nothing is looked up before the end.</summary>
internal sealed class PickledDictionary
{
    public List<(object Key, object? Value)> Entries { get; } = [];
}

/// <summary>The only names of Python that a pickle may call.</summary>
internal abstract record PickledGlobal
{
    public sealed record OrderedDictionary : PickledGlobal;

    public sealed record RebuildTensor : PickledGlobal;

    public sealed record RebuildParameter : PickledGlobal;

    public sealed record StorageType(ScalarType Type) : PickledGlobal;

    private static readonly Dictionary<string, PickledGlobal> Known = new()
    {
        ["collections.OrderedDict"] = new OrderedDictionary(),
        ["torch._utils._rebuild_tensor_v2"] = new RebuildTensor(),
        ["torch._utils._rebuild_parameter"] = new RebuildParameter(),
        ["torch.FloatStorage"] = new StorageType(ScalarType.Float32),
        ["torch.DoubleStorage"] = new StorageType(ScalarType.Float64),
        ["torch.HalfStorage"] = new StorageType(ScalarType.Float16),
        ["torch.BFloat16Storage"] = new StorageType(ScalarType.BFloat16),
        ["torch.LongStorage"] = new StorageType(ScalarType.Int64),
        ["torch.IntStorage"] = new StorageType(ScalarType.Int32),
        ["torch.ShortStorage"] = new StorageType(ScalarType.Int16),
        ["torch.CharStorage"] = new StorageType(ScalarType.Int8),
        ["torch.ByteStorage"] = new StorageType(ScalarType.Byte),
        ["torch.BoolStorage"] = new StorageType(ScalarType.Bool),
    };

    /// <exception cref="WeightsException">Any other name: it would be run.</exception>
    public static PickledGlobal Of(string name) => Known.TryGetValue(name, out var global)
        ? global
        : throw new WeightsException($"it names {Shown(name)}, which Python would run; only tensors, dictionaries, lists, numbers and text are read");

    private static string Shown(string name) => $"'{new string([.. name.Take(80).Select(letter => char.IsControl(letter) ? '?' : letter)])}'";

    /// <summary>How the name is written.</summary>
    public static string NameOf(ScalarType type) => Known.First(pair => pair.Value is StorageType storage && storage.Type == type).Key["torch.".Length..];
}
