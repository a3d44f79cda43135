using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging;

/// <summary>
/// Takes slices of one size to another. The centres of pixels correspond (the outer edges of both images coincide), so
/// that <see cref="Inverse"/> comes back to the same places. Enlarging is bilinear. Shrinking takes the mean of the
/// bilinear surface over a footprint one source pixel narrower than the target pixel: at 1:1 that is the pixel itself,
/// at 2:1 the mean of 2 x 2, and a linear ramp stays one exactly, up to the border.
/// </summary>
/// <remarks>Immutable: one instance serves all slices and threads.</remarks>
public sealed class Resampling
{
    private readonly Taps[] acrossColumns;
    private readonly Taps[] acrossRows;
    private readonly TapPairs? pairsAcross;

    /// <exception cref="ArgumentOutOfRangeException">A size below 1.</exception>
    public Resampling(int sourceColumns, int sourceRows, int targetColumns, int targetRows)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceColumns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sourceRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetColumns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetRows, 1);

        (SourceColumns, SourceRows, TargetColumns, TargetRows) = (sourceColumns, sourceRows, targetColumns, targetRows);
        acrossColumns = Along(sourceColumns, targetColumns);
        acrossRows = Along(sourceRows, targetRows);
        if (acrossColumns.All(taps => taps.Weights.Length <= 2))
            pairsAcross = new(acrossColumns);
    }

    public int SourceColumns { get; }

    public int SourceRows { get; }

    public int TargetColumns { get; }

    public int TargetRows { get; }

    /// <summary>The way back: from the target's size to the source's, between the same places.</summary>
    public Resampling Inverse() => new(TargetColumns, TargetRows, SourceColumns, SourceRows);

    /// <param name="source">(SourceRows, SourceColumns)</param>
    /// <param name="target">(TargetRows, TargetColumns); overwritten.</param>
    public void Apply(ReadOnlySpan<float> source, Span<float> target) => Apply(source, SourceColumns, target, TargetColumns);

    /// <summary>The same for parts of larger images: a stride is the distance from one row to the next.</summary>
    /// <param name="source">From the first pixel of the part on.</param>
    /// <param name="target">From the first pixel of the part on; only the part is overwritten.</param>
    public void Apply(ReadOnlySpan<float> source, int sourceStride, Span<float> target, int targetStride)
    {
        if (TargetRows > SourceRows)
            ColumnsFirst(source, sourceStride, target, targetStride);
        else
            RowsFirst(source, sourceStride, target, targetStride);
    }

    private void RowsFirst(ReadOnlySpan<float> source, int sourceStride, Span<float> target, int targetStride)
    {
        var row = new float[SourceColumns];
        for (var y = 0; y < TargetRows; y++)
        {
            Mix(source, sourceStride, acrossRows[y], row);
            Narrow(row, target.Slice(y * targetStride, TargetColumns));
        }
    }

    /// <summary>Growing, there are fewer rows before than after, and across columns is the part that cannot be done in vectors.</summary>
    private void ColumnsFirst(ReadOnlySpan<float> source, int sourceStride, Span<float> target, int targetStride)
    {
        var wide = ArrayPool<float>.Shared.Rent(SourceRows * TargetColumns);
        for (var y = 0; y < SourceRows; y++)
            Narrow(source.Slice(y * sourceStride, SourceColumns), wide.AsSpan(y * TargetColumns, TargetColumns));
        for (var y = 0; y < TargetRows; y++)
            Mix(wide, TargetColumns, acrossRows[y], target.Slice(y * targetStride, TargetColumns));
        ArrayPool<float>.Shared.Return(wide);
    }

    private static void Mix(ReadOnlySpan<float> rows, int stride, Taps taps, Span<float> mixed)
    {
        if (taps.Weights is [var upper, var lower])
        {
            Mix(rows.Slice(taps.First * stride, mixed.Length), upper, rows.Slice((taps.First + 1) * stride, mixed.Length), lower, mixed);
            return;
        }

        mixed.Clear();
        for (var i = 0; i < taps.Weights.Length; i++)
            AddScaled(rows.Slice((taps.First + i) * stride, mixed.Length), taps.Weights[i], mixed);
    }

    private static void Mix(ReadOnlySpan<float> upper, float ofUpper, ReadOnlySpan<float> lower, float ofLower, Span<float> mixed)
    {
        var a = MemoryMarshal.Cast<float, Vector<float>>(upper);
        var b = MemoryMarshal.Cast<float, Vector<float>>(lower);
        var sums = MemoryMarshal.Cast<float, Vector<float>>(mixed);
        for (var i = 0; i < sums.Length; i++)
            sums[i] = a[i] * ofUpper + b[i] * ofLower;
        for (var x = sums.Length * Vector<float>.Count; x < mixed.Length; x++)
            mixed[x] = upper[x] * ofUpper + lower[x] * ofLower;
    }

    /// <summary>Takes a box's part of one slice of a volume to the target's size.</summary>
    /// <param name="slice">(H, W) of the grid.</param>
    /// <param name="box">As wide and high as the source.</param>
    public void Take(ReadOnlySpan<float> slice, Grid grid, VoxelBox box, Span<float> target)
    {
        CheckBox(grid, box, SourceColumns, SourceRows);
        Apply(slice[(box.Y * grid.Columns + box.X)..], grid.Columns, target, TargetColumns);
    }

    /// <summary>Lays an image of the source's size into a box's part of one slice of a volume; the rest is left as it is.</summary>
    /// <param name="slice">(H, W) of the grid.</param>
    /// <param name="box">As wide and high as the target.</param>
    public void Put(ReadOnlySpan<float> source, Span<float> slice, Grid grid, VoxelBox box)
    {
        CheckBox(grid, box, TargetColumns, TargetRows);
        Apply(source, SourceColumns, slice[(box.Y * grid.Columns + box.X)..], grid.Columns);
    }

    private static void CheckBox(Grid grid, VoxelBox box, int columns, int rows)
    {
        if (!box.IsWithin(grid) || box.Columns != columns || box.Rows != rows)
            throw new ArgumentException($"The box is {box.Columns} x {box.Rows} at {box.X}, {box.Y}; expected {columns} x {rows} inside the grid.", nameof(box));
    }

    private static void AddScaled(ReadOnlySpan<float> source, float weight, Span<float> sum)
    {
        var x = 0;
        for (; x <= sum.Length - Vector<float>.Count; x += Vector<float>.Count)
            (new Vector<float>(sum[x..]) + new Vector<float>(source[x..]) * weight).CopyTo(sum[x..]);
        for (; x < sum.Length; x++)
            sum[x] += source[x] * weight;
    }

    private void Narrow(ReadOnlySpan<float> row, Span<float> target)
    {
        if (pairsAcross is { } pairs)
        {
            pairs.Mix(row, target);
            return;
        }

        for (var x = 0; x < target.Length; x++)
        {
            var (first, weights) = acrossColumns[x];
            var sum = 0f;
            for (var i = 0; i < weights.Length; i++)
                sum += row[first + i] * weights[i];
            target[x] = sum;
        }
    }

    /// <summary>Which source pixels make a target pixel, and how much of each.</summary>
    internal readonly record struct Taps(int First, float[] Weights);

    private static Taps[] Along(int source, int target)
    {
        var taps = new Taps[target];
        var scale = (double)source / target;
        var half = Math.Max(0, (scale - 1) / 2);

        for (var i = 0; i < target; i++)
        {
            var centre = Math.Clamp((i + 0.5) * scale - 0.5, 0, source - 1);
            taps[i] = Between(Math.Max(0, centre - half), Math.Min(source - 1, centre + half), source);
        }

        return taps;
    }

    /// <summary>The mean of the linear interpolation from one position to another; at one point, the interpolation.</summary>
    private static Taps Between(double from, double to, int source)
    {
        var first = (int)Math.Floor(from + 1e-9);
        var last = Math.Min(source - 1, (int)Math.Ceiling(to - 1e-9));
        var weights = new double[Math.Max(1, last - first + 1)];

        for (var i = 0; i < weights.Length; i++)
            weights[i] = to - from > 1e-6
                ? (HatUpTo(to - first - i) - HatUpTo(from - first - i)) / (to - from)
                : Math.Max(0, 1 - Math.Abs((from + to) / 2 - first - i));

        var sum = weights.Sum(); // 1 but for the last digit
        return new(first, [.. weights.Select(weight => (float)(weight / sum))]);
    }

    /// <summary>Area below 1 - |x| from the left up to t.</summary>
    private static double HatUpTo(double t) => t switch
    {
        <= -1 => 0,
        <= 0 => (t + 1) * (t + 1) / 2,
        < 1 => 1 - (1 - t) * (1 - t) / 2,
        _ => 1,
    };
}
