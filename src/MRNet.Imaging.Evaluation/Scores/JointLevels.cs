namespace MRNet.Imaging.Evaluation;

/// <summary>Counts voxels by how many levels the prediction reaches and how many the raters reach: one pass for all levels.</summary>
internal sealed class JointLevels(SoftDiceOptions options)
{
    private readonly int width = options.Levels.Count + 1;
    private readonly long[] counts = new long[(options.Levels.Count + 1) * (options.Levels.Count + 1)];

    /// <summary>The least probability that reaches each level, in float as the network's output is: 0.7f counts as 0.7.</summary>
    public static float[] Steps(SoftDiceOptions options) =>
        [.. options.Levels.Select(level => options.LevelIsInside ? (float)level : MathF.BitIncrement((float)level))];

    public static int Reached(float probability, float[] steps)
    {
        var reached = 0;
        while (reached < steps.Length && probability >= steps[reached])
            reached++;
        return reached;
    }

    public void Add(int predicted, int marked) => counts[predicted * width + marked]++;

    public SoftDiceScore Score() => new([.. options.Levels.Select(At)]);

    private LevelScore At(decimal level, int index)
    {
        var tally = default(Tally);
        for (var predicted = 0; predicted < width; predicted++)
            for (var marked = 0; marked < width; marked++)
                tally += Tally.Of(counts[predicted * width + marked], predicted > index, marked > index);
        return new(level, tally.InA, tally.InB, tally.InBoth, tally.Dice(options.BothEmpty), tally.Iou(options.BothEmpty));
    }
}
