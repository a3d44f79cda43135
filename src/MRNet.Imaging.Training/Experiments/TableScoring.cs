using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>A number of an image, and who it is of.</summary>
public readonly record struct Scored(double Value, string Patient);

/// <summary>Puts a table's questions to a method, image by image, on the grid that the network sees.</summary>
internal sealed class TableScoring(PaperTable table, SplitSlices parts)
{
    /// <summary>The same random weights for every method.</summary>
    private const int Seed = 1;

    private readonly Lazy<float[]> staple = new(() => StapleWeights(parts.Training));

    /// <returns>[column][S][images]: one value for each image that has such a target; the same images for every method.</returns>
    public Scored[][][] Of(ISegmentationMethod method, CancellationToken cancellation)
    {
        method.Network.eval();
        List<Scored>[][] values = [.. table.Columns.Select(_ => Enumerable.Range(0, parts.Scored.Format.Structures).Select(_ => new List<Scored>()).ToArray())];
        foreach (var question in table.Columns.Select(column => column.Question).Distinct())
            Ask(method, question, values, cancellation);
        return [.. values.Select(ofColumn => ofColumn.Select(ofStructure => ofStructure.ToArray()).ToArray())];
    }

    private void Ask(ISegmentationMethod method, Question question, List<Scored>[][] values, CancellationToken cancellation)
    {
        var weightsOf = question.Asked == Asked.Staple ? staple.Value : [];
        var random = new Random(Seed);
        foreach (var image in parts.Scored.Slices.GroupBy(slice => slice.ScoredAs))
            if (question.Weights(GradedOf(image), weightsOf, random) is { } weights)
            {
                var slices = parts.Scored with { Slices = [.. image] };
                Score(Predictions.Of(slices, method.Predict, _ => weights, cancellation).Single(), question, weights, values);
            }
    }

    private void Score(Prediction image, Question question, float[] weights, List<Scored>[][] values)
    {
        for (var s = 0; s < image.Probability.Length; s++)
            if (question.Target(image.Masks[s], weights) is { } target)
                for (var c = 0; c < table.Columns.Count; c++)
                    if (table.Columns[c] is { Measure: var measure, Structure: var only } && table.Columns[c].Question == question && (only is null || only == s))
                        values[c][s].Add(new(measure.Of(image.Probability[s], target), image.Patient));
    }

    /// <summary>[R]: who graded anything of an image.</summary>
    private bool[] GradedOf(IEnumerable<TrainingSlice> image) =>
        [.. image.First().Present.Chunk(parts.Scored.Format.Structures).Select(ofRater => ofRater.Contains(true))];

    private static float[] StapleWeights(TrainingSlices training) => Staple.Expertness(
    [
        .. Predictions.Of(training, (images, _) => zeros([images.size(0), training.Format.Structures, images.size(2), images.size(3)]), Predictions.Equal, CancellationToken.None)
            .SelectMany(image => image.Masks).Where(masks => masks.Any(mask => mask is not null))
            .Select(masks => Staple.Estimate(RaterVotes.Of(masks)).Raters),
    ], training.Format.Raters);
}
