using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Jobs.Contract;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>The engine on a real server, with a worker in this process.</summary>
public sealed class NatsContractTests(NatsServer server) : JobEngineContract
{
    private readonly string prefix = NatsServer.NewPrefix();

    private protected override Task<Started> StartAsync(ServerParts front, IVolumeRunner runner)
    {
        NatsServer.SkipUnlessInstalled();
        var options = Engine.Options(server.Url, prefix);
        return Engine.StartAsync(front, options, Engine.Work(options, runner));
    }
}
