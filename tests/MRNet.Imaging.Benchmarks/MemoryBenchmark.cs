using System.Diagnostics;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Torch.Tests.Model;

namespace MRNet.Imaging.Benchmarks;

/// <summary>
/// Resident memory of a process that holds the full-width network alone: 20 passes over one picture of 256 x 256, then 200
/// more, then over 8 at once. A second process reads the weights from a file, as the product does. Argument: threads.
/// </summary>
internal static class MemoryBenchmark
{
    public static void Run(string[] args)
    {
        if (args is [var threads, var weights])
            Measure(int.Parse(threads), weights);
        else
            InAnotherProcess(args is [var count] ? count : "1");
    }

    private static NetworkOptions Options => NetworkOptions.Published(raters: 6, structures: 2, channels: 3);

    private static void InAnotherProcess(string threads)
    {
        var file = Path.GetTempFileName();
        try
        {
            using (var plain = new MultiRaterNetwork(Options))
            {
                ParityKit.Fill(plain);
                NetworkWeights.Save(plain, file);
            }

            using var process = Process.Start(Environment.ProcessPath!, ["memory", threads, file]);
            process.WaitForExit();
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static void Measure(int threads, string weights)
    {
        set_num_threads(threads);
        using var off = inference_mode();
        using var network = InferenceNetwork.TakeOver(ModelFile.LoadWeights(weights, Options));
        Console.WriteLine(FormattableString.Invariant($"{Machine.Describe()}\nnetwork made: peak {Machine.PeakMb():0} MB"));
        Passes(network, batch: 1, count: 20);
        for (var i = 0; i < 4; i++)
            Passes(network, batch: 1, count: 50);
        Passes(network, batch: 8, count: 5);
    }

    private static void Passes(InferenceNetwork network, int batch, int count)
    {
        using var scope = NewDisposeScope();
        var (image, expertness) = (ParityKit.Images().narrow(0, 0, 1).repeat(batch, 1, 1, 1), full([batch, 6], 1f / 6));
        Machine.ResetPeak();
        for (var i = 0; i < count; i++)
            network.Run(image, expertness).Dispose();
        Console.WriteLine(FormattableString.Invariant($"{count} passes, batch {batch}: peak {Machine.PeakMb():0} MB, after them {Environment.WorkingSet / 1048576.0:0} MB, {Tensor.TotalCount} tensors"));
    }
}
