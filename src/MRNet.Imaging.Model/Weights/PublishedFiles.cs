namespace MRNet.Imaging.Model.Weights;

/// <summary>
/// The published checkpoints as one: three files with a module each, or one with all three under <c>unet.</c>, <c>mrm.</c> and
/// <c>mpm.</c>. A <c>module.</c> before a name, which training on several GPUs leaves, is dropped.
/// </summary>
public sealed class PublishedFiles : INamedTensors
{
    private const string Parallel = "module.";

    private readonly List<INamedTensors> files = [];
    private readonly Dictionary<string, (INamedTensors File, string Name)> places = [];

    private PublishedFiles()
    {
    }

    public IEnumerable<string> Names => places.Keys;

    /// <param name="modules">Prefix of each module ("unet", "mrm", "mpm"; empty where the names have theirs) and its file.</param>
    /// <exception cref="WeightsException">A file is missing, damaged, has code in it, or names a tensor twice.</exception>
    public static PublishedFiles Open(params IEnumerable<(string Module, string Path)> modules)
    {
        var all = new PublishedFiles();
        try
        {
            foreach (var (module, path) in modules)
                all.Add(module, path);
            return all;
        }
        catch
        {
            all.Dispose();
            throw;
        }
    }

    public long[] ShapeOf(string name) => Place(name).File.ShapeOf(Place(name).Name);

    public Tensor Read(string name) => Place(name).File.Read(Place(name).Name);

    public void CopyTo(string name, Tensor target)
    {
        INamedTensors.CheckShape(name, ShapeOf(name), target);
        Place(name).File.CopyTo(Place(name).Name, target);
    }

    public void Dispose() => files.ForEach(file => file.Dispose());

    /// <summary>Writes each module of a network to <c>unet.*</c>, <c>mrm.*</c> and <c>mpm.*</c>, as safetensors and as <c>.pth</c>.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(MultiRaterNetwork network, string folder)
    {
        var written = new List<string>();
        foreach (var module in network.state_dict().GroupBy(pair => pair.Key.Split('.', 2)[0]))
        {
            var tensors = module.Select(pair => KeyValuePair.Create(pair.Key.Split('.', 2)[1], pair.Value)).ToArray();
            var path = Path.Combine(folder, module.Key);
            SafetensorsFile.Write(path + ".safetensors", tensors);
            Pth.PthWriter.Write(path + ".pth", tensors);
            written.AddRange([path + ".safetensors", path + ".pth"]);
        }

        return written;
    }

    private void Add(string module, string path)
    {
        var file = TensorFiles.Open(path);
        files.Add(file);
        foreach (var name in file.Names)
        {
            var bare = Bare(name);
            if (!places.TryAdd(module.Length == 0 ? bare : $"{module}.{bare}", (file, name)))
                throw new WeightsException($"{Path.GetFileName(path)} holds {bare} twice, once with '{Parallel}' before it.");
        }
    }

    /// <summary>Without the mark of parallel training, before the name or after that of the module.</summary>
    private static string Bare(string name)
    {
        if (name.StartsWith(Parallel, StringComparison.Ordinal))
            return name[Parallel.Length..];
        return name.Split('.', 3) is [var module, "module", var rest] ? $"{module}.{rest}" : name;
    }

    private (INamedTensors File, string Name) Place(string name) =>
        places.TryGetValue(name, out var place) ? place : throw new WeightsException($"The weights have no tensor {name}.");
}
