using System.Numerics;

namespace MRNet.Imaging.Segmentation;

/// <summary>One way of putting a slice before the network and of bringing what it says back.</summary>
internal interface ISliceLook
{
    /// <summary>How many inputs a slice becomes.</summary>
    int Views { get; }

    /// <param name="slice">Slice of the grid.</param>
    /// <param name="view">From 0.</param>
    /// <param name="input">(C, n, n), overwritten.</param>
    void Fill(int slice, int view, Span<float> input);

    /// <summary>Brings back what the network says of one view; all views of a slice together fill the result, which starts at 0.</summary>
    /// <param name="maps">(M, n, n)</param>
    void Lay(int view, ReadOnlySpan<float> maps, SliceOfMaps result);
}

/// <summary>Another look, as the network has to see it: every slice hung up the same way, however it is stored.</summary>
internal sealed class HungLook(ISliceLook look, Hanging hanging, int size) : ISliceLook
{
    public int Views => look.Views;

    public void Fill(int slice, int view, Span<float> input)
    {
        look.Fill(slice, view, input);
        hanging.Turn<float>(input, size, size).CopyTo(input);
    }

    public void Lay(int view, ReadOnlySpan<float> maps, SliceOfMaps result) => look.Lay(view, hanging.Back.Turn(maps, size, size), result);
}

/// <summary>The whole box, resampled to the network's size and back.</summary>
internal sealed class ResizedLook : ISliceLook
{
    private readonly SlicePreparer preparer;
    private readonly VoxelBox box;
    private readonly Resampling toNetwork;
    private readonly Resampling back;

    public ResizedLook(Volume volume, VoxelBox box, ModelDescriptor model)
    {
        var size = model.Preparation.Size;
        this.box = box;
        preparer = new SlicePreparer(volume, model.Preparation);
        toNetwork = new Resampling(box.Columns, box.Rows, size, size);
        back = toNetwork.Inverse();
    }

    public int Views => 1;

    public void Fill(int slice, int view, Span<float> input) => preparer.Fill(slice, box, toNetwork, input);

    public void Lay(int view, ReadOnlySpan<float> maps, SliceOfMaps result)
    {
        var pixels = maps.Length / result.Count;
        for (var m = 0; m < result.Count; m++)
            back.Apply(maps.Slice(m * pixels, pixels), result[m]);
    }
}

/// <summary>Windows at the image's own pixels; where they overlap, each counts more the nearer its middle is.</summary>
internal sealed class WindowedLook : ISliceLook
{
    private readonly SlicePreparer preparer;
    private readonly VoxelBox box;
    private readonly IReadOnlyList<Window> windows;
    private readonly float[] weight;
    private readonly float[] total;

    public WindowedLook(Volume volume, VoxelBox box, ModelDescriptor model)
    {
        var size = model.Preparation.Size;
        this.box = box;
        preparer = new SlicePreparer(volume, model.Preparation);
        windows = WindowPlan.Cover(volume.Grid, box, size);
        weight = [.. Enumerable.Range(0, size).Select(i => windows.Count == 1 ? 1f : 0.01f + 1 - Math.Abs(2f * (i + 0.5f) / size - 1))];
        total = Total();
    }

    public int Views => windows.Count;

    public void Fill(int slice, int view, Span<float> input) => preparer.Fill(slice, windows[view], input);

    public void Lay(int view, ReadOnlySpan<float> maps, SliceOfMaps result)
    {
        var pixels = maps.Length / result.Count;
        for (var m = 0; m < result.Count; m++)
            Add(windows[view], maps.Slice(m * pixels, pixels), result[m]);
    }

    /// <summary>Adds a window's map, weighted so that all windows over a pixel sum to 1.</summary>
    private void Add(Window window, ReadOnlySpan<float> map, Span<float> sum)
    {
        var (fromX, toX) = (Math.Max(box.X, window.X), Math.Min(box.X + box.Columns, window.X + window.Size));
        var (fromY, toY) = (Math.Max(box.Y, window.Y), Math.Min(box.Y + box.Rows, window.Y + window.Size));

        for (var y = fromY; y < toY; y++)
        {
            var (at, i, j) = ((y - box.Y) * box.Columns + fromX - box.X, fromX - window.X, y - window.Y);
            var row = map.Slice(j * window.Size + i, toX - fromX);
            if (windows.Count == 1)
                row.CopyTo(sum[at..]);
            else
                Add(row, weight.AsSpan(i, row.Length), weight[j], total.AsSpan(at, row.Length), sum.Slice(at, row.Length));
        }
    }

    private static void Add(ReadOnlySpan<float> row, ReadOnlySpan<float> across, float down, ReadOnlySpan<float> total, Span<float> sum)
    {
        var x = 0;
        for (; x <= sum.Length - Vector<float>.Count; x += Vector<float>.Count)
        {
            var share = new Vector<float>(across[x..]) * down / new Vector<float>(total[x..]);
            (new Vector<float>(sum[x..]) + new Vector<float>(row[x..]) * share).CopyTo(sum[x..]);
        }

        for (; x < sum.Length; x++)
            sum[x] += row[x] * (across[x] * down / total[x]);
    }

    private float[] Total()
    {
        var sum = new float[box.PixelsPerSlice];
        foreach (var window in windows)
            for (var y = Math.Max(box.Y, window.Y); y < Math.Min(box.Y + box.Rows, window.Y + window.Size); y++)
                for (var x = Math.Max(box.X, window.X); x < Math.Min(box.X + box.Columns, window.X + window.Size); x++)
                    sum[(y - box.Y) * box.Columns + x - box.X] += weight[x - window.X] * weight[y - window.Y];
        return sum;
    }
}
