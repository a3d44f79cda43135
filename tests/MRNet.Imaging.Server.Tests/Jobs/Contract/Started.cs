using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

/// <summary>An engine that runs, on its front end.</summary>
/// <param name="stop">Stops it and whatever works for it.</param>
/// <param name="published">Waits until all jobs are where runners look for them; null: they are at once.</param>
internal sealed class Started(ServerParts front, IJobEngine engine, Func<Task> stop, Func<Task>? published = null) : IAsyncDisposable
{
    public ServerParts Front => front;

    public IJobEngine Engine => engine;

    /// <summary>Submits a job on a tiny image.</summary>
    public string Submit(string model = "stub") => engine.Submit(front.Job(model: model)).Id;

    public Task PublishedAsync() => published?.Invoke() ?? Task.CompletedTask;

    public async Task<StoredJob> EndedAsync(string id, Action? then = null)
    {
        then?.Invoke();
        await Until(() => engine.Find(id) is { HasEnded: true });
        return engine.Find(id)!;
    }

    public IEnumerable<string?> ResultFolders() => Directory.GetDirectories(front.Data.Results).Select(Path.GetFileName);

    /// <summary>Waits, up to half a minute.</summary>
    public static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 3000 && !holds(); i++)
            await Task.Delay(10);
        Assert.True(holds());
    }

    /// <summary>Waits, up to half a minute.</summary>
    public static async Task Until(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 1500 && !await holds(); i++)
            await Task.Delay(20);
        Assert.True(await holds());
    }

    public async ValueTask DisposeAsync()
    {
        await stop();
        front.Dispose();
    }
}
