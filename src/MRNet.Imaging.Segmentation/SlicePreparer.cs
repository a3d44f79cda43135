using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Segmentation;

/// <summary>Puts parts of a volume before the network, as its model says.</summary>
internal sealed class SlicePreparer
{
    private readonly Volume volume;
    private readonly Preparation preparation;
    private readonly (float Low, float High)[]? ofVolume;

    public SlicePreparer(Volume volume, Preparation preparation)
    {
        (this.volume, this.preparation) = (volume, preparation);
        if (preparation.Range == IntensityRange.VolumePercentiles)
            ofVolume = [.. Enumerable.Range(0, volume.Channels).Select(channel => Percentiles(Channel(channel)))];
    }

    /// <param name="input">(C, n, n): overwritten with what the network sees of a window of a slice.</param>
    public void Fill(int slice, Window window, Span<float> input)
    {
        var pixels = window.Size * window.Size;
        for (var channel = 0; channel < volume.Channels; channel++)
        {
            var part = input.Slice(channel * pixels, pixels);
            Cut(volume.Slice(slice, channel), window, part);
            Normalise(part, channel);
        }
    }

    /// <param name="input">(C, n, n): overwritten with the box of a slice, resampled.</param>
    public void Fill(int slice, VoxelBox box, Resampling toNetwork, Span<float> input)
    {
        var pixels = toNetwork.TargetColumns * toNetwork.TargetRows;
        for (var channel = 0; channel < volume.Channels; channel++)
        {
            var part = input.Slice(channel * pixels, pixels);
            toNetwork.Take(volume.Slice(slice, channel), volume.Grid, box, part);
            Normalise(part, channel);
        }
    }

    /// <summary>Copies a window; beyond the border stands the slice's lowest value, which is air or black.</summary>
    private void Cut(ReadOnlySpan<float> slice, Window window, Span<float> part)
    {
        var (columns, rows) = (volume.Grid.Columns, volume.Grid.Rows);
        var (from, to) = (Math.Max(0, window.X), Math.Min(columns, window.X + window.Size));
        if (window.X < 0 || window.Y < 0 || window.X + window.Size > columns || window.Y + window.Size > rows)
            part.Fill(Extremes(slice).Low);

        for (var y = Math.Max(0, window.Y); y < Math.Min(rows, window.Y + window.Size); y++)
            slice.Slice(y * columns + from, to - from).CopyTo(part[((y - window.Y) * window.Size + from - window.X)..]);
    }

    private void Normalise(Span<float> part, int channel)
    {
        var (low, high) = preparation.Range switch
        {
            IntensityRange.Values => ((float)preparation.Low, (float)preparation.High),
            IntensityRange.SlicePercentiles => Percentiles(part),
            _ => ofVolume![channel],
        };

        var (mean, deviation) = (Of(preparation.Mean, channel), Of(preparation.Deviation, channel));
        var scale = high > low ? 1 / (high - low) : 0; // a flat picture is all 0
        TensorPrimitives.Subtract(part, low, part);
        TensorPrimitives.Multiply(part, scale, part);
        TensorPrimitives.MaxNumber(part, 0f, part); // a voxel that is NaN becomes 0, as air does: else all around it would be NaN
        TensorPrimitives.Min(part, 1f, part);
        TensorPrimitives.Subtract(part, mean, part);
        TensorPrimitives.Divide(part, deviation, part);
    }

    private (float Low, float High) Percentiles(ReadOnlySpan<float> values)
    {
        if (preparation is { Low: 0, High: 100 })
            return Extremes(values);
        return Percentile.Of(values, preparation.Low, preparation.High);
    }

    /// <summary>Lowest and highest value, whatever is NaN left out: a comparison with it is false.</summary>
    private static (float Low, float High) Extremes(ReadOnlySpan<float> values)
    {
        var (lows, highs) = (new Vector<float>(float.PositiveInfinity), new Vector<float>(float.NegativeInfinity));
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        foreach (var vector in vectors)
        {
            lows = Vector.ConditionalSelect(Vector.LessThan(vector, lows), vector, lows);
            highs = Vector.ConditionalSelect(Vector.GreaterThan(vector, highs), vector, highs);
        }

        var (low, high) = (lows[0], highs[0]);
        for (var i = 1; i < Vector<float>.Count; i++)
            (low, high) = (Math.Min(low, lows[i]), Math.Max(high, highs[i]));
        foreach (var value in values[(vectors.Length * Vector<float>.Count)..])
            (low, high) = (value < low ? value : low, value > high ? value : high);
        return (low, high);
    }

    private ReadOnlySpan<float> Channel(int channel)
    {
        var count = checked((int)volume.Grid.Count);
        return volume.Samples.AsSpan(channel * count, count);
    }

    private static float Of(IReadOnlyList<float> values, int channel) => values[values.Count == 1 ? 0 : channel];
}
