using MRNet.Imaging.Server.Models;

namespace MRNet.Imaging.Server.Hosting;

/// <summary>Loads and warms up all models after the server has begun to listen.</summary>
internal sealed class ModelLoading(ModelShelf models) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => models.LoadAll(stoppingToken), stoppingToken);
}
