using MRNet.Imaging.Evaluation;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training;

/// <summary>Scores of one image.</summary>
/// <param name="SoftDice">Dice at the levels 0.1, 0.3, 0.5, 0.7, 0.9, both maps cut at each (Ji et al. section 4.1), 0..1; a mean over the structures.</param>
/// <param name="CalibrationError">Expected calibration error against the share of raters, 15 bins, 0..1; a mean over the structures.</param>
/// <param name="Patient">Who the image is of.</param>
public readonly record struct ImageScore(double SoftDice, double CalibrationError, string Patient);

/// <summary>How near probability maps come to what several raters drew; means over the images.</summary>
/// <param name="Images">What was scored, one after the other: slices, or the volumes they are of.</param>
public sealed record Score(IReadOnlyList<ImageScore> Images)
{
    public double SoftDice => Images.Average(image => image.SoftDice);

    public double CalibrationError => Images.Average(image => image.CalibrationError);
}

/// <summary>Scores networks on pictures, on the grid that the network sees.</summary>
public static class Scoring
{
    /// <summary>Every rater who graded counts the same.</summary>
    public static Score Of(TrainingSlices data, Func<Tensor, Tensor, Tensor> predict, CancellationToken cancellation) =>
        new([.. Predictions.Of(data, predict, Predictions.Equal, cancellation).Select(Of)]);

    /// <summary>The probability of a method, every rater who graded counting the same.</summary>
    public static Score Of(TrainingSlices data, ISegmentationMethod method, CancellationToken cancellation)
    {
        method.Network.eval();
        return Of(data, method.Predict, cancellation);
    }

    /// <summary>What one reader alone would score against the mean of all of them (himself among them), a mean over the readers.</summary>
    public static Score OneRater(TrainingSlices data) => new(
    [
        .. from image in Predictions.Of(data, (images, _) => zeros([images.size(0), data.Format.Structures, images.size(2), images.size(3)]), Predictions.Equal, CancellationToken.None)
           from rater in Enumerable.Range(0, data.Format.Raters)
           where image.Masks.All(ofStructure => ofStructure[rater] is not null)
           select Of(image with { Probability = [.. image.Masks.Select(ofStructure => ofStructure[rater]!.Select(value => (float)value).ToArray())] }),
    ]);

    /// <summary>
    /// Table 2's question: asked for one rater alone, is the network nearest to that one? Soft Dice of V = k (row) against the
    /// mask of rater j (column), a mean over the images that j graded.
    /// </summary>
    public static double[,] ByRater(TrainingSlices data, ISegmentationMethod method, CancellationToken cancellation)
    {
        method.Network.eval();
        var raters = data.Format.Raters;
        var (sum, count) = (new double[raters, raters], new int[raters, raters]);
        for (var k = 0; k < raters; k++)
            foreach (var image in Predictions.Of(data, method.Predict, _ => Predictions.Only(k, raters), cancellation))
                for (var j = 0; j < raters; j++)
                    foreach (var s in Enumerable.Range(0, data.Format.Structures).Where(s => image.Masks[s][j] is not null))
                    {
                        sum[k, j] += SoftDice.Score(image.Probability[s], [image.Masks[s][j]!]).Dice;
                        count[k, j]++;
                    }

        for (var i = 0; i < sum.Length; i++)
            sum[i / raters, i % raters] /= Math.Max(1, count[i / raters, i % raters]);
        return sum;
    }

    internal static ImageScore Of(Prediction image)
    {
        var scores = image.Structures.Select(structure => (
            Dice: SoftDice.Score(structure.Probability, structure.Masks).Dice,
            Ece: Calibration.Ece(structure.Probability, structure.Share()))).ToArray();
        return new(scores.Average(score => score.Dice), scores.Average(score => score.Ece), image.Patient);
    }
}
