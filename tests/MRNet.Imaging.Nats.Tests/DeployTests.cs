using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Tests.Jobs.Contract;
using MRNet.Imaging.Server.Tests.Security;
using NATS.NKeys;

namespace MRNet.Imaging.Nats.Tests;

/// <summary>deploy/nats.conf as it stands, but for its paths, port and keys: TLS both ways, nkeys, and no more rights than are needed.</summary>
public sealed class DeployTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = new();
    private readonly int port = FreePort.One();

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_job_goes_through_a_server_with_certificates_keys_and_permissions()
    {
        NatsServer.SkipUnlessInstalled();
        var (front, worker) = (Account("front"), Account("worker"));
        await using var nats = await StartAsync();
        await using var server = await Engine.StartAsync(new(folder["data"]), front, Engine.Work(worker, new StubRunner()));

        var id = server.Submit();

        Assert.Equal(JobStatus.Done, (await server.EndedAsync(id)).Status);
        var running = server.Submit();
        server.Engine.Cancel(running);
        await server.EndedAsync(server.Submit());
        Assert.DoesNotContain("Violation", nats.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_may_not_submit_and_nobody_comes_in_without_a_certificate()
    {
        NatsServer.SkipUnlessInstalled();
        var (front, worker) = (Account("front"), Account("worker"));
        await using var nats = await StartAsync();
        await using var refused = await Engine.StartAsync(new(folder["refused"]), front with { TlsCert = null, TlsKey = null });
        await using var wrong = await Engine.StartAsync(new(folder["wrong"]), worker);

        await Started.Until(() => nats.Log.Contains("Violation", StringComparison.Ordinal));

        await Started.Until(() => refused.Engine.WhyNotReady is not null);
        Assert.Contains("is not connected", refused.Engine.WhyNotReady);
    }

    private NatsOptions Account(string name)
    {
        using var pair = KeyPair.CreatePair(PrefixByte.User);
        File.WriteAllText(folder[name + ".nk"], pair.GetSeed());
        File.WriteAllText(folder[name + ".pub"], pair.GetPublicKey());
        File.WriteAllText(folder["ca.pem"], authority.Root.ExportCertificatePem());
        using var certificate = authority.Issue(name, host: null);
        TestAuthority.Write(certificate, folder[name + ".pem"], folder[name + ".key"]);
        return Engine.Options($"tls://localhost:{port}", "mrnet") with
        {
            CredentialsFile = folder[name + ".nk"],
            TlsCa = folder["ca.pem"],
            TlsCert = folder[name + ".pem"],
            TlsKey = folder[name + ".key"],
        };
    }

    private Task<NatsServer> StartAsync()
    {
        using var certificate = authority.Issue("nats");
        TestAuthority.Write(certificate, folder["server.pem"], folder["server.key"]);
        var config = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "nats.conf"))
            .Replace("0.0.0.0:4222", $"127.0.0.1:{port}", StringComparison.Ordinal)
            .Replace("/var/lib/nats", folder["store"], StringComparison.Ordinal)
            .Replace("/etc/nats/server", folder["server"], StringComparison.Ordinal)
            .Replace("/etc/nats/clients-ca.pem", folder["ca.pem"], StringComparison.Ordinal)
            .Replace("UFRONT\"", File.ReadAllText(folder["front.pub"]) + "\"", StringComparison.Ordinal)
            .Replace("UWORKER\"", File.ReadAllText(folder["worker.pub"]) + "\"", StringComparison.Ordinal);
        return NatsServer.StartAsync(config, port);
    }
}
