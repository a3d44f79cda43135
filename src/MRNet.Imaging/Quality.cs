namespace MRNet.Imaging;

/// <summary>How much of the network is run.</summary>
public enum Quality
{
    /// <summary>All of it: the calibrated probability, each rater's grading, the uncertainty.</summary>
    Full,

    /// <summary>The U-Net alone, in about a sixth of the time: its first probability, no raters and no uncertainty. For finding one's way, not for the record.</summary>
    Preview,
}

/// <summary>The numbers a network is computed in.</summary>
public enum Precision
{
    /// <summary>Single precision: what models are trained and scored in.</summary>
    Float32,

    /// <summary>Half the bytes, two to three digits: about twice as fast on processors that have it. For masks and previews; the uncertainty is not good enough to be kept.</summary>
    BFloat16,

    /// <summary>Half the bytes, three digits: on GPUs only. For masks and previews, as bfloat16.</summary>
    Float16,
}
