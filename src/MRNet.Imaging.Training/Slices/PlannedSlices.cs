using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Training;

/// <summary>Reads a data set's slices as a configuration wants them.</summary>
internal static class PlannedSlices
{
    /// <param name="config">With nothing left open.</param>
    public static PreparedData Read(MultiRaterDataSet data, TrainingConfig config, SliceStore store, ITrainingWatcher watcher, CancellationToken cancellation)
    {
        var of = config.Split.For(data.Cases.Select(study => study.Split));
        var settings = new SliceSettings
        {
            EmptySlices = config.EmptySlices!.Value,
            RatersByArea = config.RatersByArea,
            Stretched = config.Stretched,
            ScoreSlices = data.Format == "crops",
        };
        var prepared = new SliceReader(data, config.Preparation!, settings, store, study => of(study.Patient, study.Split) != SplitPart.Training).Read(watcher.Stage("Reading"), cancellation);
        foreach (var warning in prepared.Warnings)
            watcher.Warn(warning);
        return prepared;
    }
}
