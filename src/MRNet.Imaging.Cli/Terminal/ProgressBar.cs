using Spectre.Console;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>A bar on standard error while work runs; nothing where there is no terminal or the user wants quiet.</summary>
internal static class ProgressBar
{
    public static T Run<T>(bool quiet, Func<IWork, T> work)
    {
        if (quiet || !Messages.Console.Profile.Capabilities.Interactive)
            return work(new Silent());

        return Messages.Console.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => work(new Bar(context)));
    }

    /// <summary>Stages of work, each from 0 to 1.</summary>
    public interface IWork
    {
        IProgress<float> Stage(string name);
    }

    private sealed class Silent : IWork
    {
        public IProgress<float> Stage(string name) => new Report(_ => { });
    }

    private sealed class Bar(ProgressContext context) : IWork
    {
        public IProgress<float> Stage(string name)
        {
            var task = context.AddTask(name, maxValue: 1);
            return new Report(share => task.Value = share);
        }
    }

    /// <summary>Reports where it is called, in order: <see cref="Progress{T}"/> would post to other threads.</summary>
    public sealed class Report(Action<float> act) : IProgress<float>
    {
        void IProgress<float>.Report(float value) => act(value);
    }
}
