using MRNet.Imaging.Model;

namespace MRNet.Imaging.Torch.Tests.Model;

public sealed class SoftAttentionTests
{
    [Theory]
    [InlineData(4, 32), InlineData(2.5, 9), InlineData(12, 60)]
    public void The_gaussian_equals_a_convolution_with_the_same_kernel(double sigma, double size)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var attention = Gaussian(sigma, size);
        var maps = rand(2, 3, 64, 96);

        var found = attention.Blur(maps);

        var kernel = tensor(Kernel(sigma, size)); // 257 values, in double
        var each = maps.reshape(6, 1, 64, 96).to(ScalarType.Float64);
        var down = nn.functional.conv2d(each, kernel.reshape(1, 1, 257, 1), padding: [128, 0]);
        var wanted = nn.functional.conv2d(down, kernel.reshape(1, 1, 1, 257), padding: [0, 128]);
        Close.To(wanted.reshape(2, 3, 64, 96), found);
    }

    [Fact]
    public void The_gaussian_sums_to_1()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var attention = new GaussianAttention();
        var point = zeros(1, 1, 96, 96);
        point[0, 0, 48, 40] = tensor(1f);

        Assert.Equal(1, attention.Blur(point).sum().item<float>(), 1e-5);
    }

    [Theory]
    [InlineData("sigma"), InlineData("size")]
    public void Standard_deviation_and_size_are_learned(string name)
    {
        using var scope = NewDisposeScope();
        using var attention = Gaussian(sigma: 4, size: 12);
        var parameter = attention.named_parameters().Single(p => p.name == name).parameter;
        var maps = rand(1, 1, 64, 64);
        var up = maps; // a wider kernel always takes more from the map's own peaks: the slope is far from 0
        double Loss() => (attention.Blur(maps) * up).sum().to(ScalarType.Float64).item<double>();

        (attention.Blur(maps) * up).sum().backward();

        using var off = no_grad();
        parameter.add_(0.05);
        var above = Loss();
        parameter.sub_(0.1);
        var slope = (above - Loss()) / 0.1;
        Assert.NotEqual(0, slope);
        Assert.Equal(slope, parameter.grad!.item<float>(), Math.Abs(slope) * 0.05);
    }

    [Theory]
    [InlineData(32, 32), InlineData(64, 96)]
    public void The_free_kernel_in_phases_equals_31_x_31_weights(int height, int width)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var attention = new FreeAttention();
        var kernel = attention.state_dict()["gaussian_kernel"];
        kernel.copy_(randn(1, 1, 31, 31)); // nothing symmetrical
        var maps = rand(2, 3, height, width);

        var found = attention.Blur(maps);

        var wanted = nn.functional.conv2d(maps.reshape(6, 1, height, width).to(ScalarType.Float64), kernel.to(ScalarType.Float64), padding: [15, 15]);
        Close.To(wanted.reshape(2, 3, height, width), found);
    }

    [Fact]
    public void The_free_kernel_starts_as_a_gaussian_of_5_pixels()
    {
        using var scope = NewDisposeScope();
        using var attention = new FreeAttention();
        var kernel = attention.state_dict()["gaussian_kernel"].detach().reshape(31, 31);

        Assert.Equal(1, kernel.sum().item<float>(), 1e-5);
        Assert.Equal(Math.Exp(-0.5 / (5.2 * 5.2)), (kernel[15, 16] / kernel[15, 15]).item<float>(), 1e-5);
    }

    [Fact]
    public void Soft_is_the_larger_of_blurred_and_map()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var gaussian = new GaussianAttention();
        using var free = new FreeAttention();
        var maps = rand(1, 2, 32, 32) * 0.5;

        Close.To(maximum(gaussian.Blur(maps), maps), gaussian.call(maps));

        var blurred = free.Blur(maps);
        for (var m = 0; m < 2; m++)
        {
            var (map, b) = (maps[0, m], blurred[0, m]);
            Close.To(maximum((b - b.min()) / (b.max() - b.min()), map), free.call(maps)[0, m]);
        }
    }

    private static GaussianAttention Gaussian(double sigma, double size)
    {
        using var off = no_grad();
        var attention = new GaussianAttention();
        attention.state_dict()["sigma"].fill_(sigma);
        attention.state_dict()["size"].fill_(size);
        return attention;
    }

    private static double[] Kernel(double sigma, double size)
    {
        double[] values = [.. Enumerable.Range(-128, 257).Select(d => Math.Exp(-d * d / (2 * sigma * sigma)) / (1 + Math.Exp(Math.Abs(d) - size / 2)))];
        return [.. values.Select(value => value / values.Sum())];
    }
}
