using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Experiments;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>The bar, and a line for each finished epoch: a run goes on for hours, often into a log.</summary>
internal sealed class TrainingLines(ProgressBar.IWork work, bool quiet) : IExperimentWatcher
{
    private double? last;

    public IProgress<float> Stage(string name)
    {
        if (!quiet)
            Messages.Line(name);
        return work.Stage(name);
    }

    public void Begin(string run)
    {
        last = null;
        if (!quiet)
            Messages.Line(run);
    }

    public void Progress(TrainingProgress progress)
    {
        if (progress.Validation is { } score && score != last && !quiet)
            Messages.Line(FormattableString.Invariant($"{progress.Share,6:0.0%}  loss {progress.Loss:0.0000}  soft Dice on the validation patients {score:0.0000}"));
        last = progress.Validation;
    }

    public void Warn(string text) => Messages.Warning(text);
}
