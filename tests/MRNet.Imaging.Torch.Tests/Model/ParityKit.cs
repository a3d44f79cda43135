using System.Text;

namespace MRNet.Imaging.Torch.Tests.Model;

/// <summary>
/// The weights and pictures on which the published implementation was run, made from a recipe instead of a 325 MB file:
/// a hash of each tensor's name seeds a SplitMix64 generator.
/// </summary>
internal static class ParityKit
{
    private const ulong Seed = 20210619;
    private const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Half of the published code's initial Gaussian, from its first weight to its centre.</summary>
    private static readonly double[] Gaussian =
    [
        0.0013834405246279512, 0.0023164937770298534, 0.003743342815402577, 0.005837763199824655, 0.0087860224459484, 0.012761379268873529,
        0.017888044629470096, 0.02419850300379566, 0.03159183808818022, 0.03980360421838625, 0.04839843440706389, 0.05679392616837149,
        0.06431826885167645, 0.07029571288422626, 0.07414561782144133, 0.07547521579136372,
    ];

    private static readonly string[] Transposed =
        ["unet.up1.tr_conv", "unet.up2.tr_conv", "unet.up3.tr_conv", "unet.up4.tr_conv", "unet.up5", "mrm.up1", "mpm.conv_block.0"];

    public static void Fill(torch.nn.Module network)
    {
        using var off = torch.no_grad();
        foreach (var (name, tensor) in network.state_dict())
            if (tensor.dtype == torch.ScalarType.Float32)
                Values(name, tensor.shape).CopyTo(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.bytes));
    }

    /// <returns>(2, 3, 256, 256): two made-up fundus pictures, normalised as for ImageNet.</returns>
    public static torch.Tensor Images()
    {
        const int size = 256;
        double[] mean = [0.485, 0.456, 0.406], deviation = [0.229, 0.224, 0.225];
        var image = new float[2 * 3 * size * size];
        for (var b = 0; b < 2; b++)
        {
            var noise = Uniform($"synth.noise.{b}", size * size * 3);
            for (var y = 0; y < size; y++)
                for (var x = 0; x < size; x++)
                    for (var c = 0; c < 3; c++)
                    {
                        var value = Math.Clamp(Base(b, x, y, c) + (long)(noise[(y * size + x) * 3 + c] * 24), 0, 255);
                        image[((b * 3 + c) * size + y) * size + x] = (float)((value / 255.0 - mean[c]) / deviation[c]);
                    }
        }

        return torch.tensor(image, [2, 3, size, size]);
    }

    private static long Base(int b, long x, long y, int c)
    {
        const int size = 256;
        var (cy, cx, disc, cup) = (120 + 14 * b, 132 - 10 * b, 70 + 6 * b, 34 + 5 * b);
        var distance = (y - cy) * (y - cy) + (x - cx) * (x - cx);
        var value = c switch { 0 => 130 + x * 40 / size, 1 => 60 + y * 30 / size, _ => 30 + (x + y) * 10 / size };
        if (distance <= disc * disc)
            value += c switch { 0 => 50, 1 => 45, _ => 20 };
        if (distance <= cup * cup)
            value += c switch { 0 => 25, 1 => 40, _ => 30 };
        if (Math.Abs((y - cy) * 3 - (x - cx) * 2 * (b == 0 ? 1 : -1)) < 9)
            value -= c switch { 0 => 60, 1 => 40, _ => 10 };
        return value;
    }

    private static float[] Values(string name, long[] shape)
    {
        var uniform = Uniform(name, (int)shape.Aggregate(1L, (a, b) => a * b));
        if (name == "mpm.Soft.gaussian_kernel")
            return [.. uniform.Select((u, i) => (float)((float)(Gauss(i / 31) * Gauss(i % 31)) * (1.0 + 0.1 * (2.0 * u - 1.0))))];

        var (low, high) = Bounds(name, shape);
        return [.. uniform.Select(u => (float)(low + (high - low) * u))];
    }

    private static double Gauss(int i) => Gaussian[i < 16 ? i : 30 - i];

    private static (double, double) Bounds(string name, long[] shape)
    {
        if (name.EndsWith("running_mean", StringComparison.Ordinal) || name.EndsWith(".bias", StringComparison.Ordinal))
            return (-0.1, 0.1);
        if (name.EndsWith("running_var", StringComparison.Ordinal))
            return (0.5, 1.5);
        if (shape is [1])
            return (0.1, 0.4);
        if (shape.Length == 1)
            return name.StartsWith("unet.rn.", StringComparison.Ordinal) && name.Contains(".bn2.", StringComparison.Ordinal) ? (0.2, 0.6) : (0.6, 1.4);

        var module = name[..^".weight".Length];
        var fan = Transposed.Contains(module) ? shape[0] : shape[1] * shape[2] * shape[3];
        var bound = Gain(module) * Math.Sqrt(3.0 / fan);
        return (-bound, bound);
    }

    private static double Gain(string module)
    {
        var gain = 1.4142135623730951;
        if (module.EndsWith("CONVLSTMcell.Gates", StringComparison.Ordinal)) gain = 0.5;
        if (module is "unet.conv" or "mrm.conv_c") gain = 6.0;
        if (module.StartsWith("unet.up", StringComparison.Ordinal) && module.EndsWith(".x_conv", StringComparison.Ordinal)) gain = 0.2;
        if (module.StartsWith("unet.up", StringComparison.Ordinal) && module.EndsWith(".tr_conv", StringComparison.Ordinal)) gain = 2.0;
        if (module == "unet.up5") gain = 1.2;
        if (module.StartsWith("mrm.conv", StringComparison.Ordinal) && module.Length > 9 && module[8] is >= '1' and <= '5' && module[9] == '_') gain = 1.1;
        if (module == "mrm.conv_f") gain = 0.5;
        if (module == "mrm.conv2") gain = 0.7;
        if (module.StartsWith("mrm.pred", StringComparison.Ordinal)) gain = 1.6;
        if (module == "mpm.pred") gain = 0.35;
        return gain;
    }

    private static double[] Uniform(string key, int count)
    {
        var start = Mix(Hash(key) ^ unchecked(Seed * Golden));
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = (Mix(unchecked(start + (ulong)(i + 1) * Golden)) >> 40) / 16777216.0;
        return values;
    }

    private static ulong Hash(string text)
    {
        var hash = 0xcbf29ce484222325;
        foreach (var b in Encoding.UTF8.GetBytes(text))
            hash = unchecked((hash ^ b) * 0x100000001b3);
        return hash;
    }

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z ^= z >> 30;
            z *= 0xBF58476D1CE4E5B9;
            z ^= z >> 27;
            z *= 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
