using System.Runtime.ExceptionServices;

namespace MRNet.Imaging.Files;

/// <summary>Files that are written at the same time.</summary>
internal static class SideBySide
{
    /// <summary>A map of a whole CT is 315 MB of numbers to turn, pack and put on the disk: two at a time hide each other's waits.</summary>
    private const int AtOnce = 2;

    public static void Run<T>(IEnumerable<T> files, Action<T> write, CancellationToken cancellation)
    {
        try
        {
            Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, write);
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }
    }
}
