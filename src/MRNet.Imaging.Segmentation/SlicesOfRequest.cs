namespace MRNet.Imaging.Segmentation;

/// <summary>The slices of one request: what is put before the network, and where what it says goes.</summary>
/// <param name="done">Told each slice of the box that is complete.</param>
internal sealed class SlicesOfRequest(RaterMaps maps, ISliceLook look, ModelDescriptor model, Action<int> done)
{
    private readonly int inputSize = model.Network.Channels * model.Preparation.Size * model.Preparation.Size;
    private readonly int mapsSize = new SliceOfMaps(maps, 0).Count * model.Preparation.Size * model.Preparation.Size;

    /// <summary>All views of some slices of the box, in order; a place counts views.</summary>
    public IReadOnlyList<int[]> Batches(IEnumerable<int> slices, int size) => [.. slices.SelectMany(z => Enumerable.Range(z * look.Views, look.Views)).Chunk(size)];

    /// <summary>What a batch holds: slices of the grid, and their views.</summary>
    public IReadOnlyList<(int Slice, int View)> PlacesOf(SlicePipeline.Batch batch) => [.. batch.Places.Select(place => (maps.Box.Z + place / look.Views, place % look.Views))];

    public SlicePipeline.Batch Buffers(int size) => new(size * inputSize, size * mapsSize);

    public void Prepare(SlicePipeline.Batch batch)
    {
        for (var i = 0; i < batch.Places.Length; i++)
            look.Fill(maps.Box.Z + batch.Places[i] / look.Views, batch.Places[i] % look.Views, batch.Input.AsSpan(i * inputSize, inputSize));
    }

    public void BringBack(SlicePipeline.Batch batch)
    {
        for (var i = 0; i < batch.Places.Length; i++)
        {
            var (z, view) = (batch.Places[i] / look.Views, batch.Places[i] % look.Views);
            var slice = new SliceOfMaps(maps, z);
            if (view == 0 && look.Views > 1)
                slice.Clear(); // an earlier run may have been broken off in its middle
            look.Lay(view, batch.Output.AsSpan(i * mapsSize, mapsSize), slice);
            if (view < look.Views - 1)
                continue;
            slice.Cut();
            maps.Arrivals?.Arrive(z);
            done(z);
        }
    }
}
