using System.Buffers.Binary;
using System.Text;
using MRNet.Imaging.Model.Weights;

namespace MRNet.Imaging.Torch.Tests.Weights;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Bool), InlineData(ScalarType.Byte), InlineData(ScalarType.Int8), InlineData(ScalarType.Int16), InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int64), InlineData(ScalarType.Float16), InlineData(ScalarType.BFloat16), InlineData(ScalarType.Float32), InlineData(ScalarType.Float64)]
    public void Every_type_comes_back(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var values = (randn(3, 5) * 40).to(type);

        SafetensorsFile.Write(folder["w"], [new("a.b", values), new("scalar", ones([], type)), new("nothing", empty([0, 4], type))]);

        using var file = SafetensorsFile.Open(folder["w"]);
        Assert.Equal(["a.b", "scalar", "nothing"], file.Tensors.Keys);
        Assert.Equal(type, file.Tensors["a.b"].Type);
        Assert.True(file.Read("a.b").equal(values).all().item<bool>());
        Assert.Empty(file.Read("scalar").shape);
        Assert.Equal([0, 4], file.Read("nothing").shape);
    }

    [Fact]
    public void Is_laid_out_as_the_format_says()
    {
        using var values = tensor(new[] { 1f, -2 });

        SafetensorsFile.Write(folder["w"], [new("x", values)], new Dictionary<string, string> { ["format"] = "pt" });

        var bytes = File.ReadAllBytes(folder["w"]);
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, header % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt"},"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
            Encoding.UTF8.GetString(bytes, 8, header).TrimEnd(' '));
        Assert.Equal([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], bytes[(8 + header)..]);
    }

    [Fact]
    public void Weights_kept_as_float16_take_half_the_room()
    {
        using var scope = NewDisposeScope();
        using var network = Some.Network();
        using var other = Some.Network(seed: 2);
        NetworkWeights.Save(network, folder["whole"]);
        NetworkWeights.Save(network, folder["half"], floats: ScalarType.Float16);

        using var file = SafetensorsFile.Open(folder["half"]);
        NetworkWeights.Load(other, file);

        Assert.InRange((double)new FileInfo(folder["half"]).Length / new FileInfo(folder["whole"]).Length, 0.45, 0.6);
        foreach (var (name, wanted) in network.state_dict())
            Assert.True(other.state_dict()[name].allclose(wanted, rtol: 1e-3, atol: 1e-6), name);
        Assert.Equal(ScalarType.Float32, other.state_dict()["unet.up5.bias"].dtype);
    }

    [Fact]
    public void Metadata_comes_back()
    {
        SafetensorsFile.Write(folder["w"], [], new Dictionary<string, string> { ["mrnet"] = "{ \"a\": \"ü\" }" });

        using var file = SafetensorsFile.Open(folder["w"]);
        Assert.Equal("{ \"a\": \"ü\" }", file.Metadata["mrnet"]);
        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void An_older_file_is_replaced_and_nothing_else_is_left()
    {
        using var value = ones(3);
        SafetensorsFile.Write(folder["w"], [new("old", value)]);
        SafetensorsFile.Write(folder["w"], [new("new", value)]);

        using var file = SafetensorsFile.Open(folder["w"]);
        Assert.Equal(["new"], file.Tensors.Keys);
        Assert.Equal(["w"], folder.Names);
    }

    [Theory]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,12]}}""", "w lies at [0, 12]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[-4,4]}}""", "w lies at [-4, 4]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "w lies at [8, 0]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "w lies at [0]")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "w takes 8 bytes; F32 (1) takes 4")]
    [InlineData("""{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "w has the negative size -2")]
    [InlineData("""{"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""", "w is not described as a tensor")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1e30],"data_offsets":[0,8]}}""", "w is not described as a tensor")]
    [InlineData("""{"w":{"dtype":"F32","shape":"2","data_offsets":[0,8]}}""", "w is not described as a tensor")]
    [InlineData("""{"w":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "w is not described as a tensor")]
    [InlineData("""{"w":[2]}""", "w is not described as a tensor")]
    [InlineData("""{"w":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "w has the type F8_E4M3")]
    [InlineData("""{"w":{"shape":[2],"data_offsets":[0,8]}}""", "w has no dtype")]
    [InlineData("""{"w":{"dtype":"F32","data_offsets":[0,8]}}""", "w has no shape")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2]}}""", "w has no data_offsets")]
    [InlineData("""{"v":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", "w and v overlap")]
    [InlineData("""{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "w is described twice")]
    [InlineData("""{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} {}""", "not that of a safetensors file")]
    [InlineData("""{"__metadata__":{"a":1}}""", "not that of a safetensors file")]
    [InlineData("""["w"]""", "not that of a safetensors file")]
    [InlineData("PK and so on", "not that of a safetensors file")]
    [InlineData("", "not that of a safetensors file")]
    public void Refuses_a_header_that_does_not_hold(string json, string message)
    {
        Put(json, numbers: 8);

        var error = Assert.Throws<WeightsException>(() => SafetensorsFile.Open(folder["w.safetensors"]));

        Assert.Contains(message, error.Message);
        Assert.Contains("w.safetensors", error.Message);
    }

    [Theory]
    [InlineData(100_000_001), InlineData(41), InlineData(long.MaxValue), InlineData(-1)]
    public void Refuses_a_header_longer_than_the_file(long claimed)
    {
        var bytes = new byte[48];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, claimed);
        File.WriteAllBytes(folder["w"], bytes);

        Assert.Contains($"claims a header of {(ulong)claimed} bytes", Assert.Throws<WeightsException>(() => SafetensorsFile.Open(folder["w"])).Message);
    }

    [Fact]
    public void Refuses_a_file_cut_anywhere()
    {
        var whole = Whole();
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["w"], whole[..length]);
            Assert.Throws<WeightsException>(() => SafetensorsFile.Open(folder["w"]).Dispose());
        }
    }

    [Fact]
    public void Refuses_a_file_cut_while_it_is_open()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody cut a file that is open.");
        File.WriteAllBytes(folder["w"], Whole());
        using var file = SafetensorsFile.Open(folder["w"]);

        using (var cut = new FileStream(folder["w"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            cut.SetLength(cut.Length - 1);

        Assert.Contains("expected 1 bytes more", Assert.Throws<WeightsException>(() => file.Read("third")).Message);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        Assert.Contains("absent.safetensors", Assert.Throws<WeightsException>(() => SafetensorsFile.Open(folder["absent.safetensors"])).Message);

    [Fact]
    public void A_thousand_mutants_are_read_or_refused()
    {
        var whole = Whole();
        var refused = 0;
        for (var seed = 0; seed < 1000; seed++)
        {
            File.WriteAllBytes(folder["w"], Mutant(whole, new Random(seed)));
            try
            {
                ReadAll(folder["w"]);
            }
            catch (WeightsException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 300, 999);
    }

    [Fact]
    public void Loads_published_weights_and_drops_their_unused_layers()
    {
        using var scope = NewDisposeScope();
        using var network = Some.Network();
        using var other = Some.Network(seed: 2);
        SafetensorsFile.Write(folder["w"], network.state_dict().Append(new("unet.up_c1.weight", ones(6, 6, 4, 4))).Append(new("unet.up_c2.bias", ones(512))));

        using var file = SafetensorsFile.Open(folder["w"]);
        NetworkWeights.Load(other, file);

        Assert.All(network.state_dict(), pair => Assert.True(other.state_dict()[pair.Key].equal(pair.Value).all().item<bool>(), pair.Key));
    }

    [Fact]
    public void A_missing_tensor_is_named() => Refuses("lack mpm.pred.bias", state => state.Remove("mpm.pred.bias"));

    [Fact]
    public void A_foreign_tensor_is_named() => Refuses("hold mpm.stranger", state => state["mpm.stranger"] = ones(1));

    [Fact]
    public void A_tensor_of_another_shape_is_named() => Refuses("mpm.pred.bias is (2); the network wants (1)", state => state["mpm.pred.bias"] = ones(2));

    private void Refuses(string message, Action<Dictionary<string, Tensor>> change)
    {
        using var scope = NewDisposeScope();
        using var network = Some.Network();
        var state = network.state_dict();
        change(state);
        SafetensorsFile.Write(folder["w"], state);

        using var file = SafetensorsFile.Open(folder["w"]);
        Assert.Contains(message, Assert.Throws<WeightsException>(() => NetworkWeights.Load(network, file)).Message);
    }

    private void Put(string json, int numbers)
    {
        var header = Encoding.UTF8.GetBytes(json);
        var bytes = new byte[8 + header.Length + numbers];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, header.Length);
        header.CopyTo(bytes, 8);
        File.WriteAllBytes(folder["w.safetensors"], bytes);
    }

    private byte[] Whole()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Write(
            folder["whole"], [new("first.weight", randn(2, 3)), new("second", ones([], ScalarType.Int64)), new("third", ones([4], ScalarType.Float16))],
            new Dictionary<string, string> { ["format"] = "pt" });
        return File.ReadAllBytes(folder["whole"]);
    }

    private static byte[] Mutant(byte[] whole, Random random)
    {
        var bytes = whole.ToArray();
        for (var i = random.Next(1, 4); i > 0; i--)
            bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(256) : "0123456789-[]{}:,\""[random.Next(18)]);
        return random.Next(4) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static void ReadAll(string path)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(path);
        foreach (var name in file.Tensors.Keys)
            file.Read(name);
    }
}
