using MRNet.Imaging.Model;
using TorchSharp.Modules;

namespace MRNet.Imaging.Training;

/// <summary>Trains an MRNet step by step, end to end with one Adam (Ji et al. section 4.1).</summary>
public sealed class Trainer : IDisposable
{
    private readonly TrainingOptions options;
    private readonly Adam optimizer;
    private readonly long steps;

    /// <param name="steps">Steps of the whole run, for the decay of the step size.</param>
    public Trainer(MultiRaterNetwork network, TrainingOptions options, long steps)
    {
        (Network, this.options, this.steps) = (network, options, steps);
        optimizer = optim.Adam(network.parameters(), options.LearningRate);
    }

    public MultiRaterNetwork Network { get; }

    /// <summary>Steps done.</summary>
    public long Done { get; private set; }

    /// <summary>One step; the strategies of weighting the raters take turns.</summary>
    /// <returns>The loss before the step.</returns>
    /// <exception cref="InvalidImageException">The loss is not finite: the step size is too large for these pictures.</exception>
    public float Step(Batch batch)
    {
        using var scope = NewDisposeScope();
        Network.train();
        SetStepSize();

        var expertness = Expertness(batch.Images.size(0));
        var loss = TrainingLoss.Of(Network, batch, expertness, new LossOptions { Alpha = options.Alpha });
        var value = loss.item<float>();
        if (!float.IsFinite(value))
            throw new InvalidImageException($"The loss is {value} at step {Done}; lower the learning rate.");

        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        Done++;
        return value;
    }

    /// <summary>Writes the optimizer's state.</summary>
    public void Save(string path) => optimizer.save_state_dict(path);

    /// <summary>Takes up a run where <see cref="Save"/> left it.</summary>
    public void Load(string path, long done)
    {
        optimizer.load_state_dict(path);
        Done = done;
    }

    public void Dispose() => optimizer.Dispose();

    private void SetStepSize()
    {
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = options.LearningRateAt(Done, steps);
    }

    /// <summary>The same strategy for the whole batch; what it draws, it draws for each picture. From the step's own seed, so that a resumed run draws alike.</summary>
    private Tensor Expertness(long pictures)
    {
        var random = new Random(unchecked(options.Seed * 104_729 + (int)Done));
        var strategy = RaterStrategies.OfStep(Done);
        var raters = Network.Options.Raters;
        float[] weights = [.. Enumerable.Range(0, (int)pictures).SelectMany(_ => strategy.Draw(raters, random))];
        return tensor(weights, [pictures, raters]);
    }
}
