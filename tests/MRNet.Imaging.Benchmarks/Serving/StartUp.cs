using System.Diagnostics;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using MRNet.Imaging.Tests;

namespace MRNet.Imaging.Benchmarks.Serving;

/// <summary>The real program, from its start to the first health check that says SERVING for the service: a model is loaded and checked.</summary>
internal static class StartUp
{
    public static async Task MeasureAsync(string data, int turns)
    {
        var seconds = new List<double>();
        for (var turn = 0; turn <= turns; turn++)
            seconds.Add(await OnceAsync(data));
        Console.WriteLine(FormattableString.Invariant(
            $"mrnet serve, start to SERVING: {seconds.Skip(1).Order().ElementAt(turns / 2):0.00} s (the first time {seconds[0]:0.00} s); load {Machine.Load()}"));
    }

    private static async Task<double> OnceAsync(string data)
    {
        var port = FreePort.One();
        var program = Path.Combine(BenchServer.Root, "src", "MRNet.Imaging.Cli", "bin", "Release", "net10.0", OperatingSystem.IsWindows() ? "mrnet.exe" : "mrnet");
        var clock = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo(program, ["serve", "--quiet", "--store", data, "--port", $"{port}"]))!;
        try
        {
            using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{port}");
            var health = new Health.HealthClient(channel);
            while (!await IsServingAsync(health))
                await Task.Delay(10);
            return clock.Elapsed.TotalSeconds;
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task<bool> IsServingAsync(Health.HealthClient health)
    {
        try
        {
            return (await health.CheckAsync(new() { Service = "mrnet.imaging.v1.Segmentation" })).Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (RpcException)
        {
            return false; // it does not listen yet
        }
    }
}
