using System.IO.Compression;
using CsCheck;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Model.Weights.Pth;
using static MRNet.Imaging.Torch.Tests.Weights.Pickled;

namespace MRNet.Imaging.Torch.Tests.Weights;

public sealed class PthFileTests : IDisposable
{
    private readonly DisposeScope kept = NewDisposeScope();
    private readonly TemporaryFolder folder = new();

    private string Path => folder["a.pth"];

    public void Dispose()
    {
        kept.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Bool), InlineData(ScalarType.Byte), InlineData(ScalarType.Int8), InlineData(ScalarType.Int16), InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64), InlineData(ScalarType.Float16), InlineData(ScalarType.BFloat16), InlineData(ScalarType.Float32), InlineData(ScalarType.Float64)]
    public void Every_type_comes_back(ScalarType type)
    {
        var values = (randn(3, 5) * 40).to(type);

        PthWriter.Write(Path, [new("a.b", values), new("scalar", ones([], type)), new("turned", values.t()), new("nothing", empty([0, 4], type))]);

        using var file = PthFile.Open(Path);
        Assert.Equal(["a.b", "scalar", "turned", "nothing"], file.Names);
        Assert.Equal(type, file.Read("a.b").dtype);
        Assert.True(file.Read("a.b").equal(values).all().item<bool>());
        Assert.True(file.Read("turned").equal(values.t()).all().item<bool>());
        Assert.Empty(file.ShapeOf("scalar"));
        Assert.Equal([0, 4], file.Read("nothing").shape);
        Assert.Equal(["a.pth"], folder.Names);
    }

    /// <summary>As torch.save writes the state of a module: a memo, small integers, and the versions of its layers as an attribute.</summary>
    [Fact]
    public void Reads_what_PyTorch_writes()
    {
        Start().Op("ccollections\nOrderedDict\n").Raw((byte)'q', 0).Op(")R").Raw((byte)'q', 1).Op("(")
            .Text("fc.weight").Raw((byte)'q', 2).Op("ctorch._utils\n_rebuild_tensor_v2\n").Raw((byte)'q', 3).Op("((").Text("storage").Raw((byte)'q', 4)
            .Op("ctorch\nFloatStorage\n").Raw((byte)'q', 5).Text("0").Raw((byte)'q', 6).Text("cpu").Raw((byte)'q', 7).Op("K\u0006t").Raw((byte)'q', 8).Op("Q")
            .Op("K\0K\u0002K\u0003").Raw(0x86, (byte)'q', 9).Op("K\u0003K\u0001").Raw(0x86, (byte)'q', 10, 0x89, (byte)'h', 0).Op(")R").Raw((byte)'q', 11).Op("t").Raw((byte)'q', 12).Op("R").Raw((byte)'q', 13)
            .Text("fc.bias").Raw((byte)'h', 3).Op("((").Raw((byte)'h', 4).Raw((byte)'h', 5).Text("1").Raw((byte)'h', 7).Op("K\u0002tQK\0K\u0002").Raw(0x85).Op("K\u0001").Raw(0x85, 0x89, (byte)'h', 0).Op(")RtR")
            .Op("u}").Text("_metadata").Raw((byte)'h', 0).Op(")R(").Text("").Op("}").Text("version").Op("K\u0001susb.")
            .Save(Path, Floats(1, 2, 3, 4, 5, 6), Floats(7, 8));

        using var file = PthFile.Open(Path);

        Assert.Equal(["fc.weight", "fc.bias"], file.Names);
        Assert.Equal([2, 3], file.ShapeOf("fc.weight"));
        Assert.Equal([1f, 2, 3, 4, 5, 6], file.Read("fc.weight").data<float>().ToArray());
        Assert.Equal([7f, 8], file.Read("fc.bias").data<float>().ToArray());
    }

    [Theory]
    [InlineData("state_dict"), InlineData("model")]
    public void Reads_the_state_inside_a_checkpoint(string key)
    {
        Start().Op("}(").Text("epoch").Op("K\u0003").Text("loss").Op("G").Raw(0x3f, 0xe0, 0, 0, 0, 0, 0, 0).Text(key).Op("}")
            .Text("w").Tensor("FloatStorage", "0", 2, [2], [1]).Op("s").Text("optimizer").Op("}K\0]K\u0001asu.")
            .Save(Path, Floats(1, 2));

        using var file = PthFile.Open(Path);

        Assert.Equal(["w"], file.Names);
    }

    [Fact]
    public void A_view_of_a_storage_and_a_parameter_are_tensors()
    {
        Start().Op("}(").Text("view").Tensor("FloatStorage", "0", 6, shape: [2, 2], strides: [1, 3], offset: 1)
            .Text("parameter").Op("ctorch._utils\n_rebuild_parameter\n(").Tensor("FloatStorage", "0", 6, [6], [1]).Raw(0x88).Op("ccollections\nOrderedDict\n)RtRu.")
            .Save(Path, Floats(0, 1, 2, 3, 4, 5));

        using var file = PthFile.Open(Path);

        Assert.Equal([1f, 4, 2, 5], file.Read("view").data<float>().ToArray());
        Assert.Equal([6], file.ShapeOf("parameter"));
    }

    /// <summary>Each would run code, ask for memory, or confuse, if a full pickle machine read it.</summary>
    public static TheoryData<string, string> Hostile => new()
    {
        { "cos\nsystem\n(X\u0002\0\0\0lstR.", "it names 'os.system', which Python would run" },
        { "cposix\nsystem\n(X\u0002\0\0\0lstR.", "it names 'posix.system'" },
        { "cbuiltins\neval\n)R.", "it names 'builtins.eval'" },
        { "c__builtin__\ngetattr\n)R.", "it names '__builtin__.getattr'" },
        { "ctorch\nload\n)R.", "it names 'torch.load'" },
        { "ctorch._utils\n_rebuild_tensor\n)R.", "it names 'torch._utils._rebuild_tensor'" },
        { "c\u001b[31m\nx\n.", "it names '?[31m.x'" },
        { "(ios\nsystem\n.", "opcode 0x69" },
        { "(X\u0002\0\0\0lsos\nsystem\n.", "opcode 0x6f" },
        { "\u0093.", "opcode 0x93" },
        { "\u0081.", "opcode 0x81" },
        { "\u0092.", "opcode 0x92" },
        { "Ppersistent\n.", "opcode 0x50" },
        { "\u0082\u0001.", "opcode 0x82" },
        { "I1\n.", "opcode 0x49" },
        { "}}R.", "it calls something that is no name" },
        { "ccollections\nOrderedDict\n}R.", "something else than is written" },
        { "ccollections\nOrderedDict\n(]tR.", "something else than is written" },
        { "ctorch._utils\n_rebuild_tensor_v2\n)R.", "something else than is written" },
        { "ctorch\nFloatStorage\n)R.", "something else than is written" },
        { "]}b.", "attributes of something that is no dictionary" },
        { "}]b.", "attributes of something that is no dictionary" },
        { "X\u0003\0\0\0abcQ.", "refers to something outside" },
        { "}K\u0001a.", "appends to something that is no list" },
        { "]K\u0001K\u0002s.", "items of something that is no dictionary" },
        { "}(K\u0001u.", "a key without a value" },
        { "}(]K\u0001u.", "a key that is neither text nor a whole number" },
        { "(}u.", "takes a value where there is none" },
        { "h\u0005.", "value 5 that it never kept" },
        { "j\u00ff\u00ff\u00ff\u00ff.", "value -1 that it never kept" },
        { "q\u0001.", "takes a value where there is none" },
        { "](}u.", "items of something that is no dictionary" },
        { "K\u0001(\u0085.", "takes a value where there is none" },
        { "R.", "takes a value where there is none" },
        { "t.", "closes what it never opened" },
        { "X\u00ff\u00ff\u00ff\u007f", "ends in the middle" },
        { "X\u00ff\u00ff\u00ff\u00ff", "ends in the middle" },
        { "cos", "ends in the middle" },
        { "\u008a\u00ff", "a whole number of 255 bytes" },
        { "X\u0001\0\0\0\u00ff.", "text that is not UTF-8" },
        { "}", "ends in the middle" },
        { "}}.", "ends with 2 values" },
        { "(}.", "ends with 1 values" },
        { ".", "ends with 0 values" },
        { "\u0080\u0004.", "protocol 4; expected 2" },
        { "K\u0001.", "holds no dictionary of tensors" },
        { "].", "holds no dictionary of tensors" },
        { "}X\u0001\0\0\0aK\u0001s.", "holds no dictionary of tensors" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Refuses_a_pickle_with_anything_but_tensors_in_it(string pickle, string message)
    {
        Start().Op(pickle).Save(Path);

        var error = Assert.Throws<WeightsException>(() => TensorFiles.Open(Path));

        Assert.Contains(message, error.Message);
        Assert.StartsWith("a.pth ", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<long, long[], long[], long> Sizes => new()
    {
        { 2, [3], [1], 0 },
        { 2, [2], [2], 0 },
        { 2, [2], [1], 1 },
        { 2, [1], [1], long.MaxValue },
        { 2, [1_000_000_000_000], [0], 0 },
        { 2, [long.MaxValue, long.MaxValue], [0, 0], 0 },
        { 2, [-1], [1], 0 },
        { 2, [2], [-1], 1 },
        { 2, [2], [1, 1], 0 },
        { 2, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1], 0 },
        { 1_000_000_000_000, [2], [1], 0 },
        { long.MaxValue, [2], [1], 0 },
        { 3, [2], [1], 0 },
        { -1, [0], [1], 0 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Refuses_sizes_that_the_file_does_not_have(long count, long[] shape, long[] strides, long offset)
    {
        Start().Op("}").Text("w").Tensor("FloatStorage", "0", count, shape, strides, offset).Op("s.").Save(Path, Floats(1, 2));

        Assert.Throws<WeightsException>(() => PthFile.Open(Path));
    }

    [Theory]
    [InlineData("1"), InlineData("../version"), InlineData("/etc/passwd"), InlineData("")]
    public void Refuses_numbers_that_are_not_in_the_file(string key)
    {
        Start().Op("}").Text("w").Tensor("FloatStorage", key, 2, [2], [1]).Op("s.").Save(Path, Floats(1, 2));

        Assert.Contains("lacks an entry", Assert.Throws<WeightsException>(() => PthFile.Open(Path)).Message);
    }

    [Fact]
    public void Lists_in_lists_and_a_memo_that_repeats_cost_what_they_are_written_in()
    {
        var nested = Start().Op("}").Text("deep").Op(new string(']', 300_000)).Op(new string('a', 299_999)).Op("s");
        nested.Text("laughs").Op("]").Raw((byte)'q', 0);
        for (byte level = 0; level < 60; level++)
            nested.Op("](").Raw((byte)'h', level, (byte)'h', level).Op("e").Raw((byte)'q', (byte)(level + 1));
        nested.Raw([.. Enumerable.Repeat(new[] { (byte)'a' }, 60).SelectMany(a => a)]);
        nested.Op("s").Text("w").Tensor("FloatStorage", "0", 2, [2], [1]).Op("s.").Save(Path, Floats(1, 2));

        using var file = PthFile.Open(Path);

        Assert.Equal(["w"], file.Names);
    }

    [Fact]
    public void Refuses_a_pickle_that_piles_up_values()
    {
        Start().Op(new string(']', 1_000_001)).Op(".").Save(Path);
        Assert.Contains("wait for each other", Assert.Throws<WeightsException>(() => PthFile.Open(Path)).Message);

        Start().Op(new string(']', 4_000_000)).Op(".").Save(Path);
        Assert.Contains("a pickle of 4000003 bytes", Assert.Throws<WeightsException>(() => PthFile.Open(Path)).Message);
    }

    [Fact]
    public void Refuses_what_is_compressed_and_would_unpack_to_more_than_the_file()
    {
        using (var archive = new ZipArchive(File.Create(Path), ZipArchiveMode.Create))
        {
            Put(archive, "archive/data.pkl", Start().Op("}").Text("w").Tensor("FloatStorage", "0", 1_000_000, [1_000_000], [1]).Op("s.").Bytes);
            Put(archive, "archive/data/0", new byte[4_000_000], CompressionLevel.SmallestSize);
        }

        Assert.Contains("is compressed", Assert.Throws<WeightsException>(() => PthFile.Open(Path)).Message);
    }

    [Fact]
    public void Refuses_the_format_of_old_PyTorch_with_what_to_do()
    {
        File.WriteAllBytes(Path, Start().Op("}.").Bytes);

        Assert.Contains("PyTorch before 1.6", Assert.Throws<WeightsException>(() => TensorFiles.Open(Path)).Message);
    }

    [Fact]
    public void Refuses_other_archives_and_two_tensors_of_one_name()
    {
        using (var archive = new ZipArchive(File.Create(Path), ZipArchiveMode.Create))
            Put(archive, "readme.txt", [1]);
        Assert.Contains("without the one data.pkl", Assert.Throws<WeightsException>(() => PthFile.Open(Path)).Message);

        Start().Op("}(").Text("w").Tensor("FloatStorage", "0", 2, [2], [1]).Text("w").Tensor("FloatStorage", "0", 2, [2], [1]).Op("u.").Save(Path, Floats(1, 2));
        Assert.Contains("holds w twice", Assert.Throws<WeightsException>(() => PthFile.Open(Path)).Message);
    }

    [Fact]
    public void A_file_cut_or_changed_anywhere_is_read_or_refused()
    {
        PthWriter.Write(Path, [new("a", rand(2, 3)), new("b", ones(4, ScalarType.Int64))]);
        var whole = File.ReadAllBytes(Path);

        for (var length = 0; length < whole.Length; length += 3)
            ReadOrRefuse(whole[..length]);
        (from place in Gen.Int[0, whole.Length - 1]
         from value in Gen.Byte
         select (place, value))
        .Sample(change => ReadOrRefuse([.. whole[..change.place], change.value, .. whole[(change.place + 1)..]]), iter: 2000, threads: 1);
    }

    [Fact]
    public void Any_opcodes_are_read_or_refused() =>
        Gen.OneOf(Gen.Byte, Gen.Int[0, Known.Length - 1].Select(i => (byte)Known[i])).Array[0, 40]
            .Sample(opcodes =>
            {
                Start().Raw(opcodes).Op(".").Save(Path);
                ReadOrRefuse(File.ReadAllBytes(Path));
            }, iter: 2000, threads: 1);

    private const string Known = "}]()tseuaQRbcNqhJKXM.\u0085\u0086\u0087\u0088";

    private void ReadOrRefuse(byte[] bytes)
    {
        File.WriteAllBytes(folder["changed.pth"], bytes);
        try
        {
            using var file = PthFile.Open(folder["changed.pth"]);
            foreach (var name in file.Names)
                file.Read(name).Dispose();
        }
        catch (WeightsException)
        {
            // one sentence instead of numbers
        }
    }
}
