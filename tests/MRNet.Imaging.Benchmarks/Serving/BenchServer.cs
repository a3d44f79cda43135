using Microsoft.AspNetCore.Builder;
using MRNet.Imaging.Client;
using MRNet.Imaging.Server.Hosting;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>A server in this process, on any ports, with room for many uploads of one caller.</summary>
internal sealed class BenchServer(WebApplication application) : IAsyncDisposable
{
    public static string Root { get; } = Above(AppContext.BaseDirectory);

    public string Address => application.Urls.First();

    public static async Task<BenchServer> StartAsync(string data, string models)
    {
        var application = ServerApplication.Create(new ServerOptions
        {
            Store = data,
            Port = 0,
            WebPort = 0,
            Models = [models],
            Uploads = new() { KeepFree = 0, AtOnce = 64, AtOncePerCaller = 64 },
        });
        await application.StartAsync();
        return new(application);
    }

    public MrnetClient Connect() => MrnetClient.Connect(Address);

    public async ValueTask DisposeAsync()
    {
        await application.StopAsync();
        await application.DisposeAsync();
    }

    private static string Above(string folder) => File.Exists(Path.Combine(folder, "MRNet.Imaging.sln")) ? folder : Above(Path.GetDirectoryName(folder)!);
}
