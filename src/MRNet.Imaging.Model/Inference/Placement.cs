namespace MRNet.Imaging.Model.Inference;

/// <summary>How a kernel is laid over the picture.</summary>
internal readonly record struct Placement(long Stride, long Padding, long Dilation)
{
    /// <summary>A 1 x 1 kernel.</summary>
    public static Placement Pixel { get; } = new(1, 0, 1);

    /// <summary>A 3 x 3 kernel that keeps the size.</summary>
    public static Placement Same { get; } = new(1, 1, 1);

    /// <summary>A 3 x 3 kernel with gaps that keeps the size.</summary>
    public static Placement Atrous(long dilation) => new(1, dilation, dilation);
}
