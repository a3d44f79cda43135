using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Training;

/// <summary>The smallest run that goes through everything: a few patients of each part, one epoch.</summary>
public static class QuickRun
{
    private const int Patients = 4;

    public static (MultiRaterDataSet Data, TrainingConfig Config) Of(MultiRaterDataSet data, TrainingConfig config)
    {
        var of = config.Split.For(data.Cases.Select(study => study.Split));
        var few = data.Cases.GroupBy(study => of(study.Patient, study.Split))
            .SelectMany(part => part.Select(study => study.Patient).Distinct().Take(Patients)).ToHashSet();
        return (data.Where(study => few.Contains(study.Patient)), config with
        {
            Training = config.Training with { Epochs = 1 },
            Locator = config.Locator with { Steps = 2, BatchSize = 2 },
        });
    }
}
