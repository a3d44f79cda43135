using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// What is kept of one image under one model: the encoder's features of its slices, which do not depend on the raters'
/// weights, and the last maps, which do not depend on the threshold. It may be dropped at any time, also while somebody
/// computes with it: it is then empty and keeps nothing more.
/// </summary>
public sealed class SliceMemory : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(int Slice, int View), torch.Tensor[]> features = [];
    private readonly Dictionary<Quality, SliceAnswers> answers = [];
    private readonly SessionCount count;
    private readonly Func<SliceMemory, long, bool> makeRoom;
    private (LoadedModel Model, VoxelBox Box)? look;
    private VoxelBox? located;
    private IReadOnlySet<int> preferred = new HashSet<int>();
    private bool dropped;
    private long bytes;
    private long misses;

    /// <param name="makeRoom">Says whether so many bytes more may be kept, and lets them be counted by <see cref="Grow"/>.</param>
    internal SliceMemory(SessionCount count, Func<SliceMemory, long, bool> makeRoom) => (this.count, this.makeRoom) = (count, makeRoom);

    /// <summary>One request at a time: the second one finds what the first has computed.</summary>
    public SemaphoreSlim Turn { get; } = new(1);

    /// <summary>Bytes kept now.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Slices that had to be encoded, since the session began.</summary>
    public long Misses => Interlocked.Read(ref misses);

    /// <summary>Where room is short, these slices of the grid are kept rather than others: a viewer shows them.</summary>
    public void Prefer(IReadOnlySet<int> slices) => preferred = slices;

    public void Dispose()
    {
        using var _ = gate.EnterScope();
        Forget();
        (dropped, bytes) = (true, 0);
    }

    internal bool Reserve(long wanted) => makeRoom(this, wanted);

    /// <returns>False when nothing more is kept.</returns>
    internal bool Grow(long by)
    {
        using var _ = gate.EnterScope();
        bytes += dropped ? 0 : by;
        return !dropped;
    }

    /// <summary>The part that the model's locator finds is looked for once.</summary>
    internal VoxelBox Locate(Func<VoxelBox> find) => located ??= find();

    /// <summary>Features and maps hold for one model and one part of the slices, whichever slices are asked for.</summary>
    internal void LookAt(LoadedModel model, VoxelBox box)
    {
        var wanted = (model, box with { Z = 0, Slices = 0 });
        using var _ = gate.EnterScope();
        if (look == wanted)
            return;
        Forget();
        look = wanted;
    }

    /// <summary>The maps for these weights and this temperature, as far as they are there; those for others are dropped.</summary>
    internal SliceAnswers Answers(Quality quality, float[] expertness, double temperature, VoxelBox box, Func<RaterMaps> make)
    {
        using (gate.EnterScope())
            if (answers.TryGetValue(quality, out var before))
            {
                if (before.Maps.Box == box && before.Temperature == temperature && before.Expertness.AsSpan().SequenceEqual(expertness))
                    return before;
                answers.Remove(quality);
                bytes -= before.Bytes;
            }

        var fresh = new SliceAnswers(make(), expertness, temperature);
        if (Reserve(fresh.Bytes))
            Keep(quality, fresh);
        return fresh;
    }

    /// <returns>Five maps of a batch of slices: those kept if all of them are, else new ones, which are kept if there is room.</returns>
    internal IReadOnlyList<torch.Tensor> FeaturesOf(IReadOnlyList<(int Slice, int View)> places, Func<IReadOnlyList<torch.Tensor>> encode)
    {
        torch.Tensor[][] found = [.. places.Select(Find).OfType<torch.Tensor[]>()];
        if (found.Length == places.Count)
        {
            count.Add(places.Count, 0);
            return found is [var one] ? one : [.. found[0].Select((_, level) => torch.cat([.. found.Select(maps => maps[level])], 0))];
        }

        Interlocked.Add(ref misses, places.Count);
        count.Add(0, places.Count);
        var encoded = encode();
        for (var i = 0; i < places.Count; i++)
            Keep(places[i], encoded, i, places.Count);
        return encoded;
    }

    /// <summary>Others of the same memory: when these maps are dropped meanwhile, the storage lives as long as they do.</summary>
    private torch.Tensor[]? Find((int Slice, int View) place)
    {
        using var _ = gate.EnterScope();
        return features.TryGetValue(place, out var maps) ? [.. maps.Select(map => map.alias())] : null;
    }

    private void Keep((int Slice, int View) place, IReadOnlyList<torch.Tensor> batch, int index, int of)
    {
        var wanted = batch.Sum(SizeOf) / of;
        var isPreferred = preferred.Contains(place.Slice);
        while (!Reserve(wanted))
            if (!isPreferred || !DropOne())
                return;

        torch.Tensor[] maps = [.. batch.Select(map => (of == 1 ? map.alias() : map.narrow(0, index, 1).clone()).DetachFromDisposeScope())];
        using var _ = gate.EnterScope();
        if (dropped || !features.TryAdd(place, maps))
            GiveBack(maps);
    }

    private void Keep(Quality quality, SliceAnswers fresh)
    {
        using var _ = gate.EnterScope();
        if (!dropped)
            answers[quality] = fresh;
    }

    /// <summary>Of a slice that nobody shows.</summary>
    private bool DropOne()
    {
        using var _ = gate.EnterScope();
        foreach (var (place, maps) in features)
            if (!preferred.Contains(place.Slice))
            {
                features.Remove(place);
                GiveBack(maps);
                return true;
            }

        return false;
    }

    private void Forget()
    {
        foreach (var maps in features.Values)
            GiveBack(maps);
        features.Clear();
        bytes -= answers.Values.Sum(answer => answer.Bytes);
        answers.Clear();
    }

    private void GiveBack(torch.Tensor[] maps)
    {
        bytes -= dropped ? 0 : maps.Sum(SizeOf);
        foreach (var map in maps)
            map.Dispose();
    }

    private static long SizeOf(torch.Tensor map) => map.NumberOfElements * map.ElementSize;
}

/// <summary>The maps for some weights, slice by slice as they are computed.</summary>
/// <param name="temperature">That calibrates their probability.</param>
internal sealed class SliceAnswers(RaterMaps maps, float[] expertness, double temperature)
{
    public RaterMaps Maps { get; } = maps;

    public float[] Expertness { get; } = expertness;

    public double Temperature { get; } = temperature;

    /// <summary>For each slice of the box whether it is computed.</summary>
    public bool[] Done { get; } = new bool[maps.Box.Slices];

    public long Bytes { get; } = new SliceOfMaps(maps, 0).Count * maps.Box.Count * sizeof(float);
}
