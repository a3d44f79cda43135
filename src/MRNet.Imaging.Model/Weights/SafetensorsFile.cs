using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace MRNet.Imaging.Model.Weights;

/// <summary>
/// A safetensors file: 8 bytes with the length of a JSON header, the header (for each tensor its type, shape and place),
/// then the numbers, little-endian. A tensor's numbers are read when it is asked for, straight into its own memory; mapped
/// into memory the file would count a second time until it is closed.
/// </summary>
public sealed class SafetensorsFile : INamedTensors
{
    private const long HeaderLimit = 16 << 20;

    private readonly SafeFileHandle file;
    private readonly string fileName;
    private readonly long data; // where the numbers begin

    private SafetensorsFile(SafeFileHandle file, string fileName, long data, SafetensorsHeader header)
    {
        (this.file, this.fileName, this.data) = (file, fileName, data);
        (Tensors, Metadata) = (header.Tensors, header.Metadata);
    }

    /// <summary>Name, type, shape and place of each tensor.</summary>
    public IReadOnlyDictionary<string, SafetensorsEntry> Tensors { get; }

    /// <summary>The text pairs of <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IEnumerable<string> Names => Tensors.Keys;

    public long[] ShapeOf(string name) => Entry(name).Shape;

    /// <exception cref="WeightsException">Missing, not safetensors, or a header that does not fit the file.</exception>
    public static SafetensorsFile Open(string path)
    {
        if (!File.Exists(path))
            throw new WeightsException($"There is no weights file {path}.");

        SafeFileHandle? file = null;
        try
        {
            file = File.OpenHandle(path);
            return Open(file, Path.GetFileName(path));
        }
        catch (Exception error)
        {
            file?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
                throw new WeightsException($"{Path.GetFileName(path)} cannot be read: {error.Message}", error);
            throw;
        }
    }

    private static SafetensorsFile Open(SafeFileHandle file, string name)
    {
        var length = RandomAccess.GetLength(file);
        if (length < 8)
            throw new WeightsException($"{name} has {length} bytes; a safetensors file has at least 8.");

        Span<byte> size = stackalloc byte[8];
        Fill(size, file, 0, name);
        var headerLength = BinaryPrimitives.ReadUInt64LittleEndian(size);
        if (headerLength > HeaderLimit || (long)headerLength > length - 8)
            throw new WeightsException($"{name} claims a header of {headerLength} bytes; expected at most {Math.Min(HeaderLimit, length - 8)}.");

        var json = new byte[headerLength];
        Fill(json, file, 8, name);
        return new(file, name, 8 + json.Length, SafetensorsHeader.Parse(json, length - 8 - json.Length, name));
    }

    /// <summary>A copy as a tensor of the caller's, in the file's own type, on the CPU.</summary>
    /// <exception cref="WeightsException">No tensor of that name.</exception>
    public Tensor Read(string name)
    {
        var entry = Entry(name);
        var tensor = empty(entry.Shape, entry.Type);
        Fill(tensor, entry);
        return tensor;
    }

    /// <summary>Fills a tensor of the same shape, converting the type where it differs (weights are kept as float16).</summary>
    /// <exception cref="WeightsException">No tensor of that name, or of another shape.</exception>
    public void CopyTo(string name, Tensor target)
    {
        var entry = Entry(name);
        INamedTensors.CheckShape(name, entry.Shape, target);

        using var off = no_grad();
        if (entry.Type == target.dtype && target.device.type == DeviceType.CPU && target.is_contiguous())
        {
            Fill(target, entry);
            return;
        }

        using var copy = Read(name);
        target.copy_(copy);
    }

    public void Dispose() => file.Dispose();

    private void Fill(Tensor tensor, SafetensorsEntry entry) => Fill(tensor.bytes, file, data + entry.Begin, fileName);

    private static void Fill(Span<byte> target, SafeFileHandle file, long from, string name)
    {
        for (var read = 0; read < target.Length;)
        {
            var count = RandomAccess.Read(file, target[read..], from + read);
            if (count == 0)
                throw new WeightsException($"{name} ends at byte {from + read}; expected {target.Length - read} bytes more: it was cut while it was open.");
            read += count;
        }
    }

    private SafetensorsEntry Entry(string name) => Tensors.TryGetValue(name, out var entry)
        ? entry
        : throw new WeightsException($"The weights file has no tensor {name}.");

    /// <summary>Writes tensors in the order given; makes the folder when it is absent.</summary>
    /// <param name="tensors">Any device; floating-point ones are stored as <paramref name="floats"/> when that is given.</param>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null, ScalarType? floats = null)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var all = tensors.Select(pair => (pair.Key, Value: Stored(pair.Value, floats))).ToArray();

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = new AtomicFile(path);
        var header = SafetensorsHeader.Write(all.Select(t => (t.Key, t.Value.dtype, t.Value.shape)), metadata);
        Span<byte> size = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(size, (ulong)header.Length);
        file.Stream.Write(size);
        file.Stream.Write(header);
        foreach (var (_, value) in all)
            file.Stream.Write(value.bytes);
        file.Commit();
    }

    private static Tensor Stored(Tensor tensor, ScalarType? floats)
    {
        var type = floats is not null && tensor.is_floating_point() ? floats.Value : tensor.dtype;
        return tensor.detach().cpu().to_type(type).contiguous();
    }
}

/// <summary>Where a tensor lies in a safetensors file.</summary>
/// <param name="Begin">First byte, from the end of the header.</param>
/// <param name="End">Byte after the last.</param>
public sealed record SafetensorsEntry(ScalarType Type, long[] Shape, long Begin, long End);
