using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training;

/// <summary>Trains a method step by step, end to end with one Adam (Ji et al. section 4.1).</summary>
public sealed class Trainer : IDisposable
{
    private readonly TrainingOptions options;
    private readonly Adam optimizer;
    private readonly long steps;

    /// <param name="method">Stays the caller's.</param>
    /// <param name="steps">Steps of the whole run, for the decay of the step size.</param>
    public Trainer(ISegmentationMethod method, TrainingOptions options, long steps)
    {
        (Method, this.options, this.steps) = (method, options, steps);
        optimizer = new(method.Network, options.WeightDecay);
    }

    public ISegmentationMethod Method { get; }

    /// <summary>Steps done.</summary>
    public long Done => optimizer.Done;

    /// <summary>One step; the strategies of weighting the raters take turns.</summary>
    /// <returns>The loss before the step.</returns>
    /// <exception cref="InvalidImageException">The loss is not finite: the step size is too large for these pictures.</exception>
    public float Step(Batch batch)
    {
        using var scope = NewDisposeScope();
        Method.Network.train();

        var loss = Method.Loss(batch, Expertness(batch.Present));
        var value = loss.item<float>();
        if (!float.IsFinite(value))
            throw new InvalidImageException($"The loss is {value} at step {Done}; lower the learning rate.");

        optimizer.ClearGradients();
        loss.backward();
        optimizer.Step(options.LearningRateAt(Done, steps));
        return value;
    }

    /// <summary>Writes the optimizer's state.</summary>
    public void Save(string path) => optimizer.Save(path);

    /// <summary>Takes up a run where <see cref="Save"/> left it.</summary>
    public void Load(string path, long done) => optimizer.Load(path, done);

    public void Dispose() => optimizer.Dispose();

    /// <summary>The same strategy for the whole batch; what it draws, it draws for each picture. From the step's own seed, so that a resumed run draws alike.</summary>
    /// <param name="present">(B, R, S)</param>
    private Tensor Expertness(Tensor present)
    {
        var random = new Random(unchecked(options.Seed * 104_729 + (int)Done));
        var strategy = options.Strategies[(int)(Done % options.Strategies.Count)];
        var raters = (int)present.size(1);
        bool[] graded = [.. present.amax([2]).data<float>().Select(value => value > 0)];
        float[] weights = [.. graded.Chunk(raters).SelectMany(ofPicture => strategy.Draw(ofPicture, random))];
        return tensor(weights, [present.size(0), raters]);
    }
}
