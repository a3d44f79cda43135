using Grpc.Core;

namespace MRNet.Imaging.Client;

/// <summary>
/// Tries again what the server did not answer because it was away. Only calls with an idempotency key come here: the same
/// key is the same job, so one that arrived without our hearing of it is not run twice.
/// </summary>
internal sealed class Retries(ConnectionOptions options)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <param name="key">Empty: once and no more.</param>
    public async Task<T> RunAsync<T>(string key, Func<Task<T>> call, CancellationToken cancellation)
    {
        for (var tried = 0; ; tried++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (RpcException error) when (StatusErrors.IsAway(error) && key.Length > 0 && tried < options.Retries && !cancellation.IsCancellationRequested)
            {
                await Task.Delay(Wait(tried), options.Time, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static TimeSpan Wait(int tried) => tried < 5 ? First * (1 << tried) : Longest;
}
