using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MRNet.Imaging.Torch.Tests.Weights;

/// <summary>Pickles put together opcode by opcode, in the zip archive that PyTorch makes around them.</summary>
internal sealed class Pickled
{
    private readonly List<byte> bytes = [];

    public static Pickled Start() => new Pickled().Raw(0x80, 2);

    public byte[] Bytes => [.. bytes];

    public Pickled Raw(params byte[] more)
    {
        bytes.AddRange(more);
        return this;
    }

    /// <summary>Opcodes that are letters, and their lines.</summary>
    public Pickled Op(string letters) => Raw(Encoding.Latin1.GetBytes(letters));

    public Pickled Text(string text) => Raw((byte)'X').Raw(Int32(Encoding.UTF8.GetByteCount(text))).Raw(Encoding.UTF8.GetBytes(text));

    public Pickled Int(int number) => Raw((byte)'J').Raw(Int32(number));

    public Pickled Long(long number)
    {
        var value = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        return Raw(0x8a, 8).Raw(value);
    }

    public Pickled Tuple(params long[] numbers)
    {
        Op("(");
        foreach (var number in numbers)
            Long(number);
        return Op("t");
    }

    /// <summary>A tensor as torch._utils._rebuild_tensor_v2 of a storage.</summary>
    public Pickled Tensor(string type, string key, long count, long[] shape, long[] strides, long offset = 0) =>
        Op("ctorch._utils\n_rebuild_tensor_v2\n((").Text("storage").Op($"ctorch\n{type}\n").Text(key).Text("cpu").Long(count).Op("tQ")
            .Long(offset).Tuple(shape).Tuple(strides).Raw(0x89).Op("ccollections\nOrderedDict\n)RtR");

    /// <summary>Writes it as a .pth.</summary>
    /// <param name="data">Bytes of data/0, data/1 ...</param>
    public void Save(string path, params byte[][] data)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Put(archive, "archive/data.pkl", Bytes);
        foreach (var (i, numbers) in data.Index())
            Put(archive, $"archive/data/{i}", numbers);
        Put(archive, "archive/version", "3\n"u8.ToArray());
    }

    public static void Put(ZipArchive archive, string name, byte[] content, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var stream = archive.CreateEntry(name, level).Open();
        stream.Write(content);
    }

    public static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static byte[] Int32(int number)
    {
        var value = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(value, number);
        return value;
    }
}
