namespace MRNet.Imaging.Dicom.Segments;

/// <summary>What one segment holds on each slice of the grid, as the bytes that are stored: made when asked for, not kept.</summary>
internal abstract class SliceValues(RaterMaps maps)
{
    protected VoxelBox Box => maps.Box;

    public bool IsEmpty(int slice)
    {
        var z = slice - Box.Z;
        return z < 0 || z >= Box.Slices || IsEmpty(z * Box.PixelsPerSlice, Box.PixelsPerSlice);
    }

    /// <param name="whole">(H, W) of the grid; 0 outside the box.</param>
    public void Copy(int slice, Span<byte> whole)
    {
        whole.Clear();
        var z = slice - Box.Z;
        for (var y = 0; y < Box.Rows && z >= 0 && z < Box.Slices; y++)
            CopyRow((z * Box.Rows + y) * Box.Columns, whole.Slice((Box.Y + y) * maps.Grid.Columns + Box.X, Box.Columns));
    }

    /// <param name="from">First voxel of the box.</param>
    protected abstract bool IsEmpty(int from, int count);

    /// <inheritdoc cref="IsEmpty(int, int)"/>
    protected abstract void CopyRow(int from, Span<byte> row);
}

/// <summary>A mask: 0 and 1.</summary>
internal sealed class MaskValues(RaterMaps maps, byte[] mask) : SliceValues(maps)
{
    protected override bool IsEmpty(int from, int count) => !mask.AsSpan(from, count).ContainsAnyExcept((byte)0);

    protected override void CopyRow(int from, Span<byte> row) => mask.AsSpan(from, row.Length).CopyTo(row);
}

/// <summary>1 at or above a probability.</summary>
internal sealed class ThresholdValues(RaterMaps maps, float[] probability, float threshold) : SliceValues(maps)
{
    protected override bool IsEmpty(int from, int count)
    {
        foreach (var value in probability.AsSpan(from, count))
            if (value >= threshold)
                return false;
        return true;
    }

    protected override void CopyRow(int from, Span<byte> row)
    {
        var values = probability.AsSpan(from, row.Length);
        for (var i = 0; i < row.Length; i++)
            row[i] = values[i] >= threshold ? (byte)1 : (byte)0;
    }
}

/// <summary>A probability in 255 steps, rounded half up; 0 and 1 are exact, what is not a number is 0.</summary>
internal sealed class FractionValues(RaterMaps maps, float[] probability) : SliceValues(maps)
{
    public const int Maximum = 255;

    protected override bool IsEmpty(int from, int count)
    {
        foreach (var value in probability.AsSpan(from, count))
            if (Stored(value) > 0)
                return false;
        return true;
    }

    protected override void CopyRow(int from, Span<byte> row)
    {
        var values = probability.AsSpan(from, row.Length);
        for (var i = 0; i < row.Length; i++)
            row[i] = Stored(values[i]);
    }

    private static byte Stored(float value) => (byte)Math.Clamp((double)value * Maximum + 0.5, 0, Maximum);
}
