namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// The published implementation's forward pass in its own order of operations: plain conv2d and conv_transpose2d, the
/// expertise map at full size, a head per rater on features resized to the whole picture, and the 31 x 31 filter one map
/// at a time. It is what a plain port would be, kept to be measured against; it is not used anywhere else.
/// </summary>
/// <param name="weights">Published names.</param>
/// <param name="training">Normalise by the batch and keep what gradients need.</param>
internal sealed class NaiveNetwork(IReadOnlyDictionary<string, Tensor> weights, int raters, int structures, bool training = false)
{
    private static readonly int[] ResNetDepths = [3, 4, 6, 3];
    private static readonly int[] VggDepths = [2, 2, 3, 3, 3];

    /// <summary>Multiplications and additions of all convolutions so far.</summary>
    public double Operations { get; private set; }

    /// <param name="image">(B, C, H, W)</param>
    /// <param name="expertness">(B, R)</param>
    /// <returns>M logits, (1, S, H, W)</returns>
    public Tensor Refined(Tensor image, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var (coarse, features) = CoarseUNet(image, expertness);
        var gradings = Reconstruct(image, coarse, expertness);
        var uncertainty = stack(gradings.Select(grading => grading.sigmoid()), 1).std([1], unbiased: true);
        return Perceive(features, coarse.sigmoid(), uncertainty).MoveToOuterDisposeScope();
    }

    /// <summary>Eq. 7 in the published code's order: the features of P1 and of the truth are each computed in a pass of their own.</summary>
    /// <param name="masks">(B, R, S, H, W)</param>
    public Tensor Loss(Tensor image, Tensor masks, Tensor expertness)
    {
        using var scope = NewDisposeScope();
        var target = einsum("brshw,br->bshw", masks, expertness);
        var (coarse, features) = CoarseUNet(image, expertness);
        var gradings = Reconstruct(image, coarse, expertness);
        var refined = Perceive(features, coarse.sigmoid(), stack(gradings.Select(grading => grading.sigmoid()), 1).std([1], unbiased: true));

        var loss = nn.functional.binary_cross_entropy_with_logits(coarse, target) + nn.functional.binary_cross_entropy_with_logits(refined, target);
        for (var r = 0; r < raters; r++)
            loss += 0.3 / raters * nn.functional.binary_cross_entropy_with_logits(gradings[r], masks.select(1, r));
        foreach (var (found, wanted) in Encode(image, coarse).Zip(Encode(image, target)))
            loss += 0.7 / 5 / 2 * (found - wanted.detach()).square().mean();
        return loss.MoveToOuterDisposeScope();
    }

    private (Tensor Coarse, Tensor Features) CoarseUNet(Tensor image, Tensor expertness)
    {
        var half = Norm("unet.rn.1", Convolve("unet.rn.0", image, stride: 2, padding: 3)).relu();
        var maps = new List<Tensor> { half };
        var x = nn.functional.max_pool2d(half, 3, stride: 2, padding: 1);
        for (var stage = 0; stage < 4; stage++)
        {
            for (var block = 0; block < ResNetDepths[stage]; block++)
                x = Residual($"unet.rn.{stage + 4}.{block}", x, stage > 0 && block == 0 ? 2 : 1);
            maps.Add(x);
        }

        x = Infer("unet.conv", "unet.CONVLSTMcell", x, expertness);
        for (var up = 1; up <= 4; up++)
        {
            var joined = cat([Rise($"unet.up{up}.tr_conv", x), Convolve($"unet.up{up}.x_conv", maps[4 - up])], 1);
            x = Norm($"unet.up{up}.bn", joined.relu());
        }

        return (Rise("unet.up5", x), x);
    }

    private Tensor[] Encode(Tensor image, Tensor coarse)
    {
        var x = Convolve("mrm.conv_f", cat([image, coarse], 1), padding: 1);
        var features = new List<Tensor>();
        for (var block = 1; block <= 5; block++)
        {
            if (block > 1)
                x = nn.functional.max_pool2d(x, 2, stride: 2, ceil_mode: true);
            for (var i = 1; i <= VggDepths[block - 1]; i++)
                x = Slope($"mrm.relu{block}_{i}", Norm($"mrm.bn{block}_{i}", Convolve($"mrm.conv{block}_{i}", x, padding: 1)));
            features.Add(x);
        }

        return [.. features];
    }

    private Tensor[] Reconstruct(Tensor image, Tensor coarse, Tensor expertness)
    {
        var features = Encode(image, coarse);
        var (low, x) = (features[2], features[4]);
        var deep = Rise("mrm.up1", Infer("mrm.conv_c", "mrm.CONVLSTMcell", x, expertness));
        x = Norm("mrm.bn1", Convolve("mrm.conv1", Pyramid(deep))).relu();
        x = Resize(x, low.size(2), low.size(3));
        x = cat([x, Norm("mrm.bn2", Convolve("mrm.conv2", low)).relu()], 1);
        x = Norm("mrm.last_conv.1", Convolve("mrm.last_conv.0", x, padding: 1)).relu();
        x = Slope("mrm.last_conv.5", Norm("mrm.last_conv.4", Convolve("mrm.last_conv.3", x, padding: 1)));
        var whole = Resize(x, image.size(2), image.size(3));
        return [.. Enumerable.Range(1, raters).Select(rater => Convolve($"mrm.pred{rater}", whole))];
    }

    private Tensor Pyramid(Tensor x)
    {
        var sums = new List<Tensor> { Atrous(1, x, padding: 0, dilation: 1) };
        for (var branch = 2; branch <= 4; branch++)
            sums.Add(sums[^1] + Atrous(branch, x, padding: 6 * (branch - 1), dilation: 6 * (branch - 1)));
        var pooled = Convolve("mrm.global_avg_pool.1", nn.functional.adaptive_avg_pool2d(x, 1));
        pooled = Slope("mrm.global_avg_pool.3", Norm("mrm.global_avg_pool.2", pooled));
        sums.Add(sums[^1] + Resize(pooled, x.size(2), x.size(3)));
        return cat(sums, 1);
    }

    private Tensor Perceive(Tensor features, Tensor coarse, Tensor uncertainty)
    {
        var f = Slope("mpm.conv_block.2", Norm("mpm.conv_block.1", Rise("mpm.conv_block.0", features)));
        f = Slope("mpm.conv_block.5", Norm("mpm.conv_block.4", Convolve("mpm.conv_block.3", f, padding: 1)));
        f = Slope("mpm.conv_block.8", Norm("mpm.conv_block.7", Convolve("mpm.conv_block.6", f, padding: 1)));

        var seen = new List<Tensor>();
        foreach (var maps in new[] { coarse, uncertainty })
            for (var s = structures - 1; s >= 0; s--)
                seen.Add(f + Soft(maps.narrow(1, s, 1)) * f);
        return Convolve("mpm.pred", cat(seen, 1), padding: 1);
    }

    private Tensor Soft(Tensor map)
    {
        var blurred = nn.functional.conv2d(map, weights["mpm.Soft.gaussian_kernel"], padding: [15, 15]);
        Operations += 2.0 * blurred.numel() * 31 * 31;
        var (low, high) = (blurred.min(), blurred.max());
        return maximum((blurred - low) / (high - low + 1e-8), map);
    }

    private Tensor Infer(string embed, string cell, Tensor x, Tensor expertness)
    {
        var map = expertness.reshape(-1, raters, 1, 1).expand(-1, raters, x.size(2), x.size(3)).contiguous();
        var state = Convolve(embed, map, padding: 1);
        var gates = Convolve(cell + ".Gates", cat([x, state], 1), padding: 1).chunk(4, 1);
        var next = gates[1].sigmoid() * state + gates[0].sigmoid() * gates[3].tanh();
        return gates[2].sigmoid() * next.tanh();
    }

    private Tensor Residual(string name, Tensor x, int stride)
    {
        var y = Norm(name + ".bn1", Convolve(name + ".conv1", x, stride, padding: 1)).relu();
        y = Norm(name + ".bn2", Convolve(name + ".conv2", y, padding: 1));
        var shortCut = weights.ContainsKey(name + ".downsample.0.weight")
            ? Norm(name + ".downsample.1", Convolve(name + ".downsample.0", x, stride))
            : x;
        return (y + shortCut).relu();
    }

    private Tensor Atrous(int branch, Tensor x, int padding, int dilation) =>
        Norm($"mrm.aspp{branch}.bn", Convolve($"mrm.aspp{branch}.atrous_convolution", x, padding: padding, dilation: dilation)).relu();

    private Tensor Convolve(string name, Tensor x, int stride = 1, int padding = 0, int dilation = 1)
    {
        var weight = weights[name + ".weight"];
        var y = nn.functional.conv2d(x, weight, weights.GetValueOrDefault(name + ".bias"), strides: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]);
        Operations += 2.0 * y.numel() * weight.numel() / weight.size(0);
        return y;
    }

    private Tensor Rise(string name, Tensor x)
    {
        var weight = weights[name + ".weight"];
        Operations += 2.0 * x.numel() * weight.numel() / weight.size(0);
        return nn.functional.conv_transpose2d(x, weight, weights[name + ".bias"], strides: [2, 2]);
    }

    private Tensor Norm(string name, Tensor x) => nn.functional.batch_norm(
        x, weights[name + ".running_mean"], weights[name + ".running_var"], weights[name + ".weight"], weights[name + ".bias"], training);

    private Tensor Slope(string name, Tensor x) => x.prelu(weights[name + ".weight"]);

    private static Tensor Resize(Tensor x, long height, long width) =>
        nn.functional.interpolate(x, size: [height, width], mode: InterpolationMode.Bilinear, align_corners: true);
}
