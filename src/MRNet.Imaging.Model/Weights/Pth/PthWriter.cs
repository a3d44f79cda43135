using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MRNet.Imaging.Model.Weights.Pth;

/// <summary>Writes tensors as <c>torch.save</c> writes a state dictionary.</summary>
public static class PthWriter
{
    private const string Root = "archive/";

    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var all = tensors.Select(pair => (pair.Key, Value: pair.Value.detach().cpu().contiguous())).ToArray();

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var file = new AtomicFile(path);
        using (var archive = new ZipArchive(file.Stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(archive, "data.pkl", Pickle(all));
            Add(archive, "byteorder", "little"u8);
            foreach (var (i, tensor) in all.Index())
                Add(archive, $"data/{i}", tensor.Value.bytes);
            Add(archive, "version", "3\n"u8);
        }

        file.Commit();
    }

    private static void Add(ZipArchive archive, string name, ReadOnlySpan<byte> bytes)
    {
        using var stream = archive.CreateEntry(Root + name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }

    private static byte[] Pickle(IEnumerable<(string Key, Tensor Value)> tensors)
    {
        using var pickle = new MemoryStream();
        Opcodes(pickle, [0x80, 2]);
        Dictionary(pickle);
        Opcodes(pickle, "("u8);
        foreach (var (i, (key, value)) in tensors.Index())
        {
            Text(pickle, key);
            Rebuild(pickle, $"{i}", value);
        }

        Opcodes(pickle, "u."u8);
        return pickle.ToArray();
    }

    /// <summary>torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires gradient, hooks)</summary>
    private static void Rebuild(MemoryStream pickle, string storage, Tensor tensor)
    {
        Opcodes(pickle, "ctorch._utils\n_rebuild_tensor_v2\n(("u8);
        Text(pickle, "storage");
        Opcodes(pickle, Encoding.ASCII.GetBytes($"ctorch\n{PickledGlobal.NameOf(tensor.dtype)}\n"));
        Text(pickle, storage);
        Text(pickle, "cpu");
        Number(pickle, tensor.numel());
        Opcodes(pickle, "tQ"u8);
        Number(pickle, 0);
        Tuple(pickle, tensor.shape);
        Tuple(pickle, tensor.stride());
        Opcodes(pickle, [0x89]);
        Dictionary(pickle);
        Opcodes(pickle, "tR"u8);
    }

    private static void Dictionary(MemoryStream pickle) => Opcodes(pickle, "ccollections\nOrderedDict\n)R"u8);

    private static void Tuple(MemoryStream pickle, long[] numbers)
    {
        Opcodes(pickle, "("u8);
        foreach (var number in numbers)
            Number(pickle, number);
        Opcodes(pickle, "t"u8);
    }

    /// <summary>LONG1 of 8 bytes holds any.</summary>
    private static void Number(MemoryStream pickle, long number)
    {
        Span<byte> bytes = stackalloc byte[10];
        (bytes[0], bytes[1]) = (0x8a, 8);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], number);
        Opcodes(pickle, bytes);
    }

    private static void Text(MemoryStream pickle, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[5];
        length[0] = (byte)'X';
        BinaryPrimitives.WriteInt32LittleEndian(length[1..], bytes.Length);
        Opcodes(pickle, length);
        Opcodes(pickle, bytes);
    }

    private static void Opcodes(MemoryStream pickle, ReadOnlySpan<byte> bytes) => pickle.Write(bytes);
}
