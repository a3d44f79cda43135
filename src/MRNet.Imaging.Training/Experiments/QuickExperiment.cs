using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>An experiment small enough to try on any machine; its numbers mean nothing.</summary>
public static class QuickExperiment
{
    private const int Width = 4;
    private const int Size = 32;

    public static (MultiRaterDataSet Data, TrainingConfig Config) Of(MultiRaterDataSet data, TrainingConfig config)
    {
        var (few, quick) = QuickRun.Of(data, config);
        var network = quick.Network.DeepClone().AsObject();
        network["width"] = Width;
        return (few, quick with { Network = network, Size = Size, Training = quick.Training with { Window = 0 } });
    }
}
