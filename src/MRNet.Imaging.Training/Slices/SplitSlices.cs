namespace MRNet.Imaging.Training;

/// <summary>A data set in its three parts.</summary>
public sealed class SplitSlices
{
    public SplitSlices(TrainingSlices data, PatientSplit split)
    {
        var of = split.For(data.Slices.Select(slice => slice.Split));
        TrainingSlices Part(SplitPart part) => data.Where(slice => of(slice.Patient, slice.Split) == part);
        (Training, Validation, Test) = (Part(SplitPart.Training), Part(SplitPart.Validation), Part(SplitPart.Test));
    }

    public TrainingSlices Training { get; }

    public TrainingSlices Validation { get; }

    /// <summary>Empty where the data set has no part of its own and none was asked for.</summary>
    public TrainingSlices Test { get; }

    /// <summary>What the card's scores are of: the test, or the validation where there is no test.</summary>
    public TrainingSlices Scored => Test.Slices.Count > 0 ? Test : Validation;
}
