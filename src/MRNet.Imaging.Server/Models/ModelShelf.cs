using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Server.Models;

/// <summary>The models of the server: each is loaded once, when it is first needed, and shared by all jobs.</summary>
/// <param name="elsewhere">Workers on other machines run them: they are known here, and none is loaded.</param>
public sealed class ModelShelf(ModelStore store, string device, TimeProvider time, bool elsewhere = false) : IDisposable
{
    private readonly ConcurrentDictionary<(string Path, DateTime Written), string> hashes = new();
    private readonly ConcurrentDictionary<string, Lazy<LoadedModel>> loaded = new();
    private readonly ConcurrentDictionary<string, string> faults = new();
    private bool warm;

    /// <summary>cpu, cuda or cuda:1.</summary>
    public string Device => device;

    /// <summary>Files in the model folders that are no models, with the reason.</summary>
    public IReadOnlyCollection<string> Faults { get; private set; } = [];

    public IReadOnlyList<StoredModel> List()
    {
        var wrong = new List<string>();
        var models = store.List(wrong);
        Faults = wrong;
        return models;
    }

    /// <summary>Whether a model has taken its warm-up image; those of workers did when they started.</summary>
    public bool IsWarm => elsewhere || warm;

    /// <summary>Loads all models and takes a first image through each, so that the first job need not wait.</summary>
    public void LoadAll(CancellationToken cancellation)
    {
        foreach (var model in List().TakeWhile(_ => !cancellation.IsCancellationRequested))
            try
            {
                WarmUp.Run(Get(model.Descriptor.Id), time, cancellation);
                warm = true;
            }
            catch (OperationCanceledException)
            {
                return; // the server stops
            }
            catch (Exception error) when (error is ImagingException or ExternalException) // libtorch's own: a device without memory
            {
                faults[model.Descriptor.Id] = error.Message; // it is listed as not ready
            }
    }

    /// <summary>In memory and checked; or a worker's.</summary>
    public bool IsReady(string id) => elsewhere ? List().Any(model => model.Descriptor.Id == id) : loaded.TryGetValue(id, out var model) && model.IsValueCreated && !faults.ContainsKey(id);

    /// <summary>SHA-256 of the weights of a model that is ready; empty before.</summary>
    public string HashOf(string id) => !IsReady(id) ? "" : elsewhere ? HashOf(Find(id)) : loaded[id].Value.WeightsSha256;

    /// <exception cref="UnknownModelException">There is none of this id.</exception>
    /// <exception cref="WeightsException">It cannot be used.</exception>
    public LoadedModel Get(string id)
    {
        var stored = Find(id);
        var model = loaded.GetOrAdd(id, _ => new Lazy<LoadedModel>(() => LoadedModel.Load(stored, device)));
        try
        {
            return model.Value;
        }
        catch
        {
            loaded.TryRemove(id, out _); // a mended file is tried anew
            throw;
        }
    }

    /// <exception cref="UnknownModelException">There is none of this id.</exception>
    public StoredModel Find(string id) => List().FirstOrDefault(model => model.Descriptor.Id == id)
        ?? throw new UnknownModelException($"model_id names no model of this server; expected one of {string.Join(", ", List().Select(model => model.Descriptor.Id))}.");

    private string HashOf(StoredModel model) => hashes.GetOrAdd((model.Path, File.GetLastWriteTimeUtc(model.Path)), _ => LoadedModel.HashOf(model));

    public void Dispose()
    {
        foreach (var model in loaded.Values.Where(model => model.IsValueCreated))
            model.Value.Dispose();
    }
}

/// <summary>A model that is not here: gRPC NotFound.</summary>
public sealed class UnknownModelException(string message) : Exception(message);
