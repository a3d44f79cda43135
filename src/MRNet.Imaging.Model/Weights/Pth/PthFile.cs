using System.IO.Compression;
using System.Text;

namespace MRNet.Imaging.Model.Weights.Pth;

/// <summary>
/// PyTorch's <c>.pth</c> (1.6 and newer): a zip archive with a pickle that names the tensors, <c>*/data.pkl</c>, and the numbers
/// of each beside it, <c>*/data/N</c>. The pickle is read by <see cref="RestrictedPickle"/>; a file with code in it is refused.
/// </summary>
public sealed class PthFile : INamedTensors
{
    /// <summary>Bytes of the pickle; two thousand tensors take half a million.</summary>
    private const int PickleLimit = 4_000_000;

    private readonly ZipArchive archive;
    private readonly string name;
    private readonly string root;
    private readonly Dictionary<string, PickledTensor> tensors = [];

    private PthFile(ZipArchive archive, string name, long length)
    {
        (this.archive, this.name) = (archive, name);
        var pickle = archive.Entries.Where(entry => entry.Name == "data.pkl").ToArray() is [var one]
            ? one
            : throw new WeightsException($"{name} is a zip archive without the one data.pkl of a PyTorch file.");
        root = pickle.FullName[..^pickle.Name.Length];
        foreach (var (key, tensor) in StateOf(Read(pickle)))
            Add(key, tensor, length);
    }

    public IEnumerable<string> Names => tensors.Keys;

    /// <exception cref="WeightsException">Not such a file, damaged, or with code in it.</exception>
    public static PthFile Open(string path)
    {
        var file = Path.GetFileName(path);
        ZipArchive? archive = null;
        try
        {
            archive = ZipFile.OpenRead(path);
            return new PthFile(archive, file, new FileInfo(path).Length);
        }
        catch (Exception error)
        {
            archive?.Dispose();
            if (error is InvalidDataException or IOException or UnauthorizedAccessException)
                throw new WeightsException($"{file} cannot be read: {error.Message}", error);
            throw;
        }
    }

    public long[] ShapeOf(string name) => Found(name).Shape;

    public Tensor Read(string name)
    {
        using var scope = NewDisposeScope();
        var tensor = Found(name);
        var storage = empty([tensor.Storage.Count], tensor.Storage.Type);
        try
        {
            using var stream = EntryOf(tensor.Storage).Open();
            stream.ReadExactly(storage.bytes);
        }
        catch (Exception error) when (error is InvalidDataException or IOException)
        {
            throw new WeightsException($"The numbers of {name} cannot be read: {error.Message}", error);
        }

        return storage.as_strided(tensor.Shape, tensor.Strides, tensor.Offset).clone().contiguous().MoveToOuterDisposeScope();
    }

    public void Dispose() => archive.Dispose();

    /// <summary>The dictionary of tensors: the outermost, or the one in it that training scripts call <c>state_dict</c> or <c>model</c>.</summary>
    private IEnumerable<(string Key, PickledTensor Tensor)> StateOf(object? value)
    {
        if (value is not PickledDictionary outer)
            throw new WeightsException($"{name} holds no dictionary of tensors.");
        var inner = outer.Entries.Any(entry => entry.Value is PickledTensor)
            ? outer
            : outer.Entries.Where(entry => entry is ("state_dict" or "model", PickledDictionary)).Select(entry => (PickledDictionary?)entry.Value).FirstOrDefault();
        return inner?.Entries.Where(entry => entry is (string, PickledTensor)).Select(entry => ((string)entry.Key, (PickledTensor)entry.Value!))
            ?? throw new WeightsException($"{name} holds no dictionary of tensors.");
    }

    private void Add(string key, PickledTensor tensor, long length)
    {
        var stored = EntryOf(tensor.Storage).Length;
        var wanted = (decimal)tensor.Storage.Count * ElementSize(tensor.Storage.Type);
        if (stored != wanted || wanted > Math.Min(length, int.MaxValue))
            throw new WeightsException($"{name}: the numbers of {key} take {stored} bytes; {tensor.Storage.Count} of {tensor.Storage.Type} take {wanted}, and the file has {length}.");
        if (!tensors.TryAdd(key, tensor))
            throw new WeightsException($"{name} holds {key} twice.");
    }

    private ZipArchiveEntry EntryOf(PickledStorage storage)
    {
        var entry = archive.GetEntry($"{root}data/{storage.Key}")
            ?? throw new WeightsException($"{name} lacks an entry that its pickle names as the numbers of a tensor.");
        return entry.CompressedLength == entry.Length ? entry : throw new WeightsException($"{name} is compressed; torch.save does not do that, so write it anew.");
    }

    private object? Read(ZipArchiveEntry pickle)
    {
        if (pickle.Length > PickleLimit)
            throw new WeightsException($"{name} has a pickle of {pickle.Length} bytes; expected at most {PickleLimit}.");
        if (archive.GetEntry(root + "byteorder") is { Length: < 16 } order && Encoding.ASCII.GetString(Bytes(order)) != "little")
            throw new WeightsException($"{name} was written on a big-endian machine; expected little.");
        try
        {
            return RestrictedPickle.Read(Bytes(pickle));
        }
        catch (WeightsException error)
        {
            throw new WeightsException($"{name} is not read: {error.Message}.", error);
        }
    }

    private static byte[] Bytes(ZipArchiveEntry entry)
    {
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private PickledTensor Found(string key) =>
        tensors.TryGetValue(key, out var tensor) ? tensor : throw new WeightsException($"{name} has no tensor {key}.");

    private static int ElementSize(ScalarType type) => type switch
    {
        ScalarType.Float64 or ScalarType.Int64 => 8,
        ScalarType.Float32 or ScalarType.Int32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Int16 => 2,
        _ => 1,
    };
}
