using System.Text.Json;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Torch.Tests.Model;

/// <summary>With the published options, weights and pictures every intermediate tensor is that of the published implementation.</summary>
public sealed class PublishedParityTests
{
    private const double Tolerance = 1e-4; // of the tensor's largest value

    [Fact]
    public void Every_tensor_is_that_of_the_published_implementation()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var network = new MultiRaterNetwork(NetworkOptions.Published(raters: 6, structures: 2, channels: 3));
        ParityKit.Fill(network);
        network.eval();
        var taps = new Dictionary<string, Tensor>();
        Tap(network, taps);

        var output = network.call(ParityKit.Images(), full([2, 6], 1f / 6));
        Derive(taps, output, network.modules().OfType<FreeAttention>().Single());

        using var golden = JsonDocument.Parse(File.ReadAllText(Repository.TestData("model", "published-forward.json")));
        var wrong = golden.RootElement.GetProperty("taps").EnumerateObject()
            .Select(tap => Difference(tap.Name, tap.Value, taps))
            .Where(text => text is not null);
        Assert.Empty(wrong);
    }

    /// <summary>Keeps what each named module gives.</summary>
    private static void Tap(MultiRaterNetwork network, Dictionary<string, Tensor> taps)
    {
        foreach (var (name, module) in network.named_modules())
        {
            if (module is nn.Module<Tensor, Tensor> one)
                one.register_forward_hook((_, _, y) => Keep(name, y));
            if (module is nn.Module<Tensor, Tensor, Tensor> two)
                two.register_forward_hook((_, _, _, y) => Keep(name, y));
            if (module is ConvLstmCell cell)
                cell.register_forward_hook((_, _, _, _, y) => (Keep(name + ".h", y.Hidden), Keep(name + ".c", y.Cell)));
            if (module is CoarseUNet unet)
                unet.register_forward_hook((_, _, _, y) => (y.Coarse, Keep("F1", y.Features)));
            if (module is MultiRaterReconstruction reconstruction)
                reconstruction.register_forward_hook((_, _, _, _, y) => (y.Raters, Blocks(y.Features)));
            if (module is ResNetEncoder encoder)
                encoder.register_forward_hook((_, _, y) => Maps(y));
        }

        Tensor Keep(string name, Tensor y)
        {
            taps[name] = y.clone().DetachFromDisposeScope();
            return y;
        }

        Tensor[] Maps(Tensor[] y)
        {
            string[] names = ["unet.rn.2", "unet.rn.4", "unet.rn.5", "unet.rn.6", "unet.rn.7"];
            foreach (var (name, map) in names.Zip(y))
                Keep(name, map);
            return y;
        }

        Tensor[] Blocks(Tensor[] y)
        {
            for (var b = 0; b < 4; b++)
                Keep($"mrm.pool{b + 1}", nn.functional.max_pool2d(y[b], 2, stride: 2, ceil_mode: true));
            Keep("mrm.relu3_3", y[2]);
            Keep("mrm.relu5_3", y[4]);
            return y;
        }
    }

    /// <summary>What the golden file lists and no module gives by itself. Structures: 0 is the disc, 1 the cup.</summary>
    private static void Derive(Dictionary<string, Tensor> taps, NetworkOutput output, FreeAttention attention)
    {
        taps["P1_logits"] = output.Coarse;
        taps["M_logits"] = output.Refined;
        taps["M_prob"] = output.Refined.sigmoid();
        for (var r = 0; r < 6; r++)
            taps[$"rater{r + 1}_logits"] = output.Raters.select(1, r);

        foreach (var (s, name) in new[] { (0, "disc"), (1, "cup") })
        {
            taps["att_" + name] = output.Coarse.sigmoid().narrow(1, s, 1);
            taps["U_" + name] = output.Uncertainty.narrow(1, s, 1);
        }

        string[] maps = ["att_cup", "att_disc", "U_cup", "U_disc"]; // the order in which the perception module takes them
        var blurred = attention.Blur(cat([.. maps.Select(map => taps[map])], 1));
        for (var m = 0; m < maps.Length; m++)
        {
            taps["soft_" + maps[m]] = taps["mpm.Soft"].narrow(1, m, 1);
            taps["gauss_" + maps[m]] = blurred.narrow(1, m, 1);
        }

        foreach (var name in new[] { "unet.conv", "mrm.conv_c" })
            taps[name] = Spread(taps[name], name == "unet.conv" ? 8 : 16);
    }

    /// <summary>The embedding is computed on 3 x 3: the edge, the middle again and again, the edge.</summary>
    private static Tensor Spread(Tensor map, int size)
    {
        var index = tensor([.. Enumerable.Range(0, size).Select(i => i == 0 ? 0L : i == size - 1 ? 2L : 1L)]);
        return map.index_select(2, index).index_select(3, index);
    }

    private static string? Difference(string name, JsonElement golden, Dictionary<string, Tensor> taps)
    {
        if (!taps.TryGetValue(name, out var tensor))
            return $"{name}: not compared";
        if (!tensor.shape.SequenceEqual(golden.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())))
            return $"{name}: shape ({string.Join(", ", tensor.shape)})";

        var largest = Math.Max(Math.Abs(golden.GetProperty("min").GetDouble()), Math.Abs(golden.GetProperty("max").GetDouble()));
        var flat = tensor.flatten();
        var worst = Samples(golden).Max(sample => Math.Abs(flat[sample.Index].item<float>() - sample.Value)) / largest;
        var mean = Math.Abs(tensor.to(ScalarType.Float64).mean().item<double>() - golden.GetProperty("mean").GetDouble()) / largest;
        return worst > Tolerance || mean > Tolerance ? $"{name}: {worst:0.0e+0} of the largest value, mean {mean:0.0e+0}" : null;
    }

    private static IEnumerable<(long Index, double Value)> Samples(JsonElement golden) =>
        golden.GetProperty("idx").EnumerateArray().Zip(golden.GetProperty("val").EnumerateArray(), (i, v) => (i.GetInt64(), v.GetDouble()));
}
