namespace MRNet.Imaging.Model.Inference;

/// <summary>How the folded layers are computed.</summary>
public enum InferencePath
{
    /// <summary>By oneDNN, on weights laid out for it, bias and activation in the same pass: x64 processors under Linux and Windows.</summary>
    Packed,

    /// <summary>
    /// As <see cref="Packed"/>, with weights and maps in bfloat16: nearly twice as fast on processors that have it. Measured: probabilities off by
    /// up to 0.02, the raters' gradings and their spread by up to 0.09 of their range. It is for previews and masks, and nobody
    /// gets it without asking.
    /// </summary>
    PackedBFloat16,

    /// <summary>By torch's own convolutions: every other processor, and GPUs.</summary>
    Plain,

    /// <summary>As <see cref="Plain"/> in half precision, for GPUs; nobody gets it without asking. Not measured: no machine with a GPU was at hand.</summary>
    PlainFloat16,
}

internal static class InferencePaths
{
    /// <summary>By torch's own convolutions, on maps that lie channel by channel.</summary>
    public static bool IsPlain(this InferencePath path) => path is InferencePath.Plain or InferencePath.PlainFloat16;

    public static ScalarType Type(this InferencePath path) => path switch
    {
        InferencePath.PackedBFloat16 => ScalarType.BFloat16,
        InferencePath.PlainFloat16 => ScalarType.Float16,
        _ => ScalarType.Float32,
    };
}
