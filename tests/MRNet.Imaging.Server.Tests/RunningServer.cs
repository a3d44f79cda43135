using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using MRNet.Imaging.Client;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Server.Tests;

/// <summary>A real server on real ports, with the bundled models.</summary>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private WebApplication? application;

    public static string TestData(string name) => Path.Combine(Repository.Root, "testdata", name);

    public static string[] CtFiles => [.. Directory.GetFiles(TestData("ct-nodule")).Order()];

    public string Grpc => application!.Urls.First();

    public string Web => application!.Urls.Last();

    public IServiceProvider Services => application!.Services;

    public string DataFolder => folder["data"];

    public MrnetClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        application = ServerApplication.Create(Options(DataFolder));
        await application.StartAsync();
        Client = MrnetClient.Connect(Grpc);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await application!.StopAsync();
        await application.DisposeAsync();
        folder.Dispose();
    }

    public GrpcChannel Channel() => GrpcChannel.ForAddress(Grpc);

    public static ServerOptions Options(string data) => new()
    {
        Store = data,
        Port = 0,
        WebPort = 0,
        Models = [Path.Combine(Repository.Root, "src", "MRNet.Imaging.Segmentation", "Models")],
        Roots = new Dictionary<string, string> { ["samples"] = Path.Combine(Repository.Root, "testdata") },
        Uploads = new() { KeepFree = 0 },
        Origins = ["http://viewer.test"],
    };
}
