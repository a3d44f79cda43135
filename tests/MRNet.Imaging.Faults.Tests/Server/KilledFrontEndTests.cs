using MRNet.Imaging.Nats.Tests;

namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>
/// kill -9 of the front end while two real workers compute its jobs over a real nats-server: they go on without it, and when it
/// is back it has what they made. MRNET_ROUNDS sets how often.
/// </summary>
public sealed class KilledFrontEndTests : IDisposable
{
    private static readonly int Rounds = Campaign.Size("MRNET_ROUNDS", quick: 4, full: 50);

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task The_workers_go_on_and_nothing_is_lost_doubled_or_left_in_the_engine()
    {
        NatsServer.SkipUnlessInstalled();
        await using var nats = new NatsServer();
        await nats.InitializeAsync();
        using var one = new RunningWork("--engine", nats.Url);
        using var other = new RunningWork("--engine", nats.Url);
        File.WriteAllText(folder["mrnet.json"], """{ "Nats": { "Reconcile": "00:00:02" } }""");
        string[] options = ["--config", folder["mrnet.json"], "--engine", nats.Url];
        var rounds = new KilledRounds(folder["data"], options);

        var figures = await rounds.RunAsync(Rounds);

        Assert.Equal(0, rounds.Died);
        var (byOne, byOther) = (one.Done(), other.Done());
        Assert.Distinct(byOne.Concat(byOther)); // each result was named once
        using var server = new RunningServe(folder["data"], options);
        Assert.Equal(0, await LeftAsync(nats.Url));
        Campaign.Tell("kill -9 of the front end, two workers", $"{figures}; {byOne.Count} by one worker, {byOther.Count} by the other, nothing left in the engine");
    }

    public void Dispose() => folder.Dispose();

    /// <summary>What the engine has in half a minute at the latest: a front end removes what its killed ones left.</summary>
    private static async Task<long> LeftAsync(string url)
    {
        await using var engine = new EngineContents(url, "mrnet");
        for (var tries = 300; tries > 0 && await engine.LeftAsync(pieces: false) > 0; tries--)
            await Task.Delay(100);
        return await engine.LeftAsync(pieces: false);
    }
}
