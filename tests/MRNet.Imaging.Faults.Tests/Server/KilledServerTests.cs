namespace MRNet.Imaging.Faults.Tests.Server;

/// <summary>kill -9 of the real server while it computes, again and again on one data folder. MRNET_ROUNDS sets how often.</summary>
public sealed class KilledServerTests : IDisposable
{
    private static readonly int Rounds = Campaign.Size("MRNET_ROUNDS", quick: 6, full: 200);

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Nothing_is_lost_doubled_or_half() => Campaign.Tell("kill -9", await new KilledRounds(folder["data"]).RunAsync(Rounds));

    public void Dispose() => folder.Dispose();
}
