using MRNet.Imaging.DataSets;
using MRNet.Imaging.Evaluation;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>Predicts and scores one case.</summary>
/// <param name="structures">The data set's structures that are scored, from 0.</param>
internal sealed class CaseEvaluator(MultiRaterDataSet data, ICasePredictor predictor, EvaluateOptions options, IReadOnlyCollection<int> structures)
{
    private readonly ScoringOptions scoring = options.Scoring with { Threshold = predictor.Threshold };

    public ScoringOptions Scoring => scoring;

    private int? Size => options.AtNetworkSize ? predictor.NetworkSize : null;

    /// <summary>What goes wrong with a case is said in its outcome: the others go on.</summary>
    public CaseOutcome Evaluate(MultiRaterCase one, CancellationToken cancellation)
    {
        try
        {
            return Scored(one, cancellation);
        }
        catch (Exception error) when (error is ImagingException or IOException or UnauthorizedAccessException)
        {
            return new(one.Name, []) { Error = error };
        }
    }

    /// <exception cref="ImagingException">The case cannot be read or predicted.</exception>
    public LoadedCase Load(MultiRaterCase one, CancellationToken cancellation) => LoadedCase.Read(one, predictor, Size, structures, cancellation);

    private CaseOutcome Scored(MultiRaterCase one, CancellationToken cancellation)
    {
        if (options.Predict is null)
            one.ReadGraded(cancellation); // a case without masks is said to be one before a network is run
        var loaded = Load(one, cancellation);
        Write(loaded);
        return new(one.Name, [.. data.Structures.Select((_, s) => structures.Contains(s) && loaded.Masks.Present(s).Count > 0 ? Score(loaded, s) : null)])
        {
            CupToDisc = CupAndDisc.Of(data, loaded, scoring.Threshold),
        };
    }

    private TaskOutcome Score(LoadedCase loaded, int structure)
    {
        var (probability, masks) = (loaded.Prediction.Probability[structure]!, loaded.MasksOf(structure));
        CheckWeights(loaded.Case.Name, masks);
        var scores = CaseScores.Of(new(loaded.Case.Name, probability, masks)
        {
            Patient = loaded.Case.Patient,
            Samples = loaded.Prediction.RaterMasks is { Count: > 0 } all ? all[structure] : [],
            VoxelMm3 = loaded.Masks.Grid.HasPatientSpace ? loaded.Masks.Grid.VoxelVolumeMm3 : null,
        }, scoring);
        return new(scores, predictor.Temperature == 1 ? null : WithoutTemperature(probability, masks));
    }

    private CalibrationScore WithoutTemperature(float[] probability, IReadOnlyList<byte[]?> masks)
    {
        var votes = RaterVotes.Of(masks);
        var share = scoring.Weights is { } weights ? RaterFusion.Weighted(votes, weights) : RaterFusion.Mean(votes);
        return Calibration.Of(Temperature.Apply(Temperature.Logits(probability), 1 / predictor.Temperature), share, scoring.Bins);
    }

    private void CheckWeights(string name, IReadOnlyList<byte[]?> masks)
    {
        if (scoring.Weights is { } weights && !masks.Where((mask, rater) => mask is not null && weights[rater] > 0).Any())
            throw new InvalidImageException($"{name}: the raters who graded weigh 0 together; expected one above 0. Leave the case out, or give other --weights.");
    }

    private void Write(LoadedCase loaded)
    {
        if (options.Predict is not { } folder)
            return;
        var place = Path.GetFullPath(Path.Combine(folder, data.Name, loaded.Case.Name));
        if (!place.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)) // names come from archives, too
            throw new InvalidImageException($"The case {loaded.Case.Name} would be written outside {folder}; rename it.");
        foreach (var s in structures)
            loaded.Case.WriteMap(Path.Combine(place, MapFiles.NameOf(data, s) + ".nii.gz"), loaded.Masks.Grid, s, loaded.Prediction.Probability[s]!);
    }
}
