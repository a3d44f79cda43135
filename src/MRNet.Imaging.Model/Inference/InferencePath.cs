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
}
