using Microsoft.Extensions.DependencyInjection;
using MRNet.Imaging.Nats.Connection;
using MRNet.Imaging.Nats.FrontEnd;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Sessions;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Nats;

/// <summary>The engine on NATS, for <see cref="ServerApplication.Create"/>.</summary>
public static class NatsEngine
{
    /// <summary>Jobs on the workers of a NATS server; no model is loaded here.</summary>
    /// <exception cref="WrongSettingException">A file of the settings cannot be read.</exception>
    public static Action<IServiceCollection> With(ServerOptions server)
    {
        NatsLink.Check(server.Nats);
        return services =>
        {
            services.AddSingleton(server.Nats);
            services.AddSingleton(provider => new NatsLink(server.Nats, server.Jobs.QueueLimit, "mrnet front end", provider.GetRequiredService<ILoggerFactory>()));
            services.AddSingleton(_ => new ModelShelf(new ModelStore([.. server.Models, ModelStore.Bundled]), "workers", TimeProvider.System, elsewhere: true));
            services.AddSingleton<Questions>();
            services.AddSingleton<IReweighting, NatsReweighting>();
            services.AddEngine<NatsJobEngine>();
        };
    }
}
