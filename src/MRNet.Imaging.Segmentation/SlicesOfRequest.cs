namespace MRNet.Imaging.Segmentation;

/// <summary>The slices of one request: what is put before the network, and where what it says goes.</summary>
internal sealed class SlicesOfRequest(RaterMaps maps, ISliceLook look, ModelDescriptor model, IProgress<SegmentationProgress>? progress)
{
    private readonly int inputSize = model.Network.Channels * model.Preparation.Size * model.Preparation.Size;
    private readonly int mapsSize = new SliceOfMaps(maps, 0).Count * model.Preparation.Size * model.Preparation.Size;

    /// <summary>All views of all slices, in order; a place counts views.</summary>
    public IReadOnlyList<int[]> Batches(int size) => [.. Enumerable.Range(0, maps.Box.Slices * look.Views).Chunk(size)];

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
            look.Lay(view, batch.Output.AsSpan(i * mapsSize, mapsSize), slice);
            if (view < look.Views - 1)
                continue;
            slice.Cut();
            maps.Arrivals?.Arrive(z);
            progress?.Report(new(z + 1, maps.Box.Slices));
        }
    }
}
