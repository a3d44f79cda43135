using Microsoft.Extensions.Logging.Abstractions;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

public sealed class EmbeddedContractTests : JobEngineContract
{
    private protected override async Task<Started> StartAsync(ServerParts front, IVolumeRunner runner)
    {
        var engine = new EmbeddedJobEngine(front.Store, front.Results, new SegmentationRunner(front.Front, runner), front.Measures, front.Options, front.Time, NullLogger<EmbeddedJobEngine>.Instance);
        await engine.StartAsync(CancellationToken.None);
        return new(front, engine, async () =>
        {
            using var now = new CancellationTokenSource(0);
            await engine.StopAsync(now.Token);
            engine.Dispose();
        });
    }
}
