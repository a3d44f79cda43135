namespace MRNet.Imaging.Pictures;

/// <summary>Which values show as black and as white.</summary>
/// <param name="Low">Black at and below.</param>
/// <param name="High">White at and above.</param>
public sealed record DisplayWindow(float Low, float High)
{
    /// <summary>Centre -600, width 1500 HU.</summary>
    public static DisplayWindow Lung { get; } = new(-1350, 150);

    /// <summary>Centre 40, width 400 HU.</summary>
    public static DisplayWindow SoftTissue { get; } = new(-160, 240);

    /// <summary>
    /// CT gets the lung window where the box is mostly air and lung (median below -300 HU), else soft tissue; all else
    /// the range between the 1st and the 99.5th percentile of the box.
    /// </summary>
    public static DisplayWindow Of(Volume volume, VoxelBox box, int channel = 0)
    {
        var values = Sampled(volume, box, channel);
        if (values.Length == 0)
            return new(0, 1);
        if (volume.Modality == "CT")
            return values[values.Length / 2] < -300 ? Lung : SoftTissue;

        var (low, high) = (values[values.Length / 100], values[(int)(values.Length * 0.995)]);
        return new(low, high > low ? high : low + 1);
    }

    /// <returns>0..1</returns>
    internal float Apply(float value) => float.IsNaN(value) ? 0 : Math.Clamp((value - Low) / (High - Low), 0, 1);

    /// <summary>Finite values of the box, sorted; every n-th of a large one.</summary>
    private static float[] Sampled(Volume volume, VoxelBox box, int channel)
    {
        const int enough = 200_000;
        var step = (int)Math.Max(1, box.Count / enough);
        var values = new List<float>();

        for (long i = 0; i < box.Count; i += step)
        {
            var (z, rest) = ((int)(i / box.PixelsPerSlice), (int)(i % box.PixelsPerSlice));
            var value = volume.Slice(box.Z + z, channel)[(box.Y + rest / box.Columns) * volume.Grid.Columns + box.X + rest % box.Columns];
            if (float.IsFinite(value))
                values.Add(value);
        }

        values.Sort();
        return [.. values];
    }
}
