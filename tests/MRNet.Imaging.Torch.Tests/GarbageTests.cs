using System.Diagnostics;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;

namespace MRNet.Imaging.Torch.Tests;

/// <summary>
/// Garbage collected in the middle of a pass changes nothing. Before the numbers were held (HeldScalars), one pass in 45 of the
/// plain network and one in 200 of the folded one fell in this test with "Unknown scalar type".
/// </summary>
public sealed class GarbageTests
{
    [Fact]
    public void Collected_in_the_middle_of_a_pass_it_changes_nothing()
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var plain = Some.Network(NetworkOptions.Paper(raters: 3, structures: 1, channels: 1, width: 4));
        plain.eval();
        using var folded = InferenceNetwork.Of(plain);
        var (image, expertness) = (rand(1, 1, 32, 32), tensor(new[] { 0.2f, 0.3f, 0.5f }).reshape(1, 3));
        Func<NetworkOutput>[] passes = [() => plain.call(image, expertness), () => folded.Run(image, expertness)];
        var wanted = passes.Select(Numbers).ToArray();

        using var done = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromSeconds(4))
                for (var i = 0; i < passes.Length; i++)
                    Assert.Equal(wanted[i], Numbers(passes[i]));
        }
        finally
        {
            done.Cancel();
            collector.Join();
        }
    }

    private static float[] Numbers(Func<NetworkOutput> pass)
    {
        using var scope = NewDisposeScope();
        var output = pass();
        return [.. output.Refined.data<float>(), .. output.Uncertainty.data<float>(), .. output.Raters.data<float>()];
    }
}
