using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Layers;

namespace MRNet.Imaging.Torch.Tests.Model;

public sealed class ExpertiseInferringTests
{
    [Theory]
    [InlineData(1, 1), InlineData(2, 2), InlineData(3, 3), InlineData(5, 5), InlineData(8, 8), InlineData(1, 8), InlineData(5, 2)]
    public void The_embedding_spread_from_3_x_3_is_that_of_the_full_size(int height, int width)
    {
        using var scope = NewDisposeScope();
        var inferring = new ExpertiseInferring(Some.Options(), channels: 16);
        using var embed = inferring.Embedding!;
        using var cell = inferring.Cell!;
        var features = randn(2, 16, height, width);
        var expertness = Some.Weights(2, 3);

        var found = inferring.Infer(features, expertness);

        var hidden = embed.call(expertness.reshape(2, 3, 1, 1).expand(-1, -1, height, width).contiguous());
        var state = hidden;
        for (var step = 0; step < 2; step++)
            (hidden, state) = cell.call(features, hidden, state);
        Close.To(hidden, found);
    }

    [Fact]
    public void The_gates_come_in_the_order_input_forget_output_candidate()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var cell = new ConvLstmCell(1);
        cell.state_dict()["Gates.weight"].zero_();
        cell.state_dict()["Gates.bias"].copy_(tensor([0.1f, 0.2f, 0.3f, 0.4f]));

        var (hidden, state) = cell.call(zeros(1, 1, 1, 1), zeros(1, 1, 1, 1), full([1, 1, 1, 1], 0.7f));

        var wanted = Sigmoid(0.2) * 0.7 + Sigmoid(0.1) * Math.Tanh(0.4);
        Assert.Equal(wanted, state.item<float>(), 1e-6);
        Assert.Equal(Sigmoid(0.3) * Math.Tanh(wanted), hidden.item<float>(), 1e-6);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
