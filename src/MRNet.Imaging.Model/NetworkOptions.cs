namespace MRNet.Imaging.Model;

/// <summary>How the coarse prediction P1 enters the reconstruction module (spec switch "P1 into the MRM").</summary>
public enum CoarseInput
{
    /// <summary>sigmoid(P1), as the paper has it.</summary>
    Probability,

    /// <summary>The logit, as the published code has it.</summary>
    Logit,
}

/// <summary>The Gaussian of the soft attention (Ji et al. Eq. 4).</summary>
public enum AttentionKernel
{
    /// <summary>Separable, with learnable standard deviation and size: the paper.</summary>
    Separable,

    /// <summary>31 x 31 free weights, output stretched to 0..1 for each map: the published code.</summary>
    Free,
}

/// <summary>
/// The shape of an MRNet and the points in which the paper and its published code differ. Every difference is one
/// property; nothing is switched elsewhere.
/// </summary>
public sealed record NetworkOptions
{
    /// <summary>R: how many raters the network tells apart, 1 to 64.</summary>
    public required int Raters { get; init; }

    /// <summary>S: how many structures it outlines, 1 to 64.</summary>
    public required int Structures { get; init; }

    /// <summary>C: channels of the image, 1 to 16.</summary>
    public required int Channels { get; init; }

    /// <summary>Channels of the first stage; every other count follows. The paper has 64; a quarter of it trains on a CPU. A multiple of 4.</summary>
    public int Width { get; init; } = 64;

    /// <summary>T: recurrent steps of the ConvLSTM in the expertise-aware inferring module.</summary>
    public int RecurrentSteps { get; init; } = 2;

    public CoarseInput CoarseInput { get; init; } = CoarseInput.Probability;

    /// <summary>Divide by R - 1 instead of R in the standard deviation over the raters (Eq. 3).</summary>
    public bool UnbiasedUncertainty { get; init; }

    public AttentionKernel AttentionKernel { get; init; } = AttentionKernel.Separable;

    /// <summary>The network of the paper: the default.</summary>
    public static NetworkOptions Paper(int raters, int structures, int channels, int width = 64) => new()
    {
        Raters = raters,
        Structures = structures,
        Channels = channels,
        Width = width,
    };

    /// <summary>The network of the published code (commit a3e0165): its checkpoints load and give its numbers.</summary>
    public static NetworkOptions Published(int raters, int structures, int channels, int width = 64) => new()
    {
        Raters = raters,
        Structures = structures,
        Channels = channels,
        Width = width,
        RecurrentSteps = 1,
        CoarseInput = CoarseInput.Logit,
        UnbiasedUncertainty = true,
        AttentionKernel = AttentionKernel.Free,
    };

    /// <summary>Checks the numbers, which may come from a file.</summary>
    /// <exception cref="ArgumentException">The name of the property, its value and the range.</exception>
    public NetworkOptions Checked()
    {
        Range(nameof(Raters), Raters, 1, 64);
        Range(nameof(Structures), Structures, 1, 64);
        Range(nameof(Channels), Channels, 1, 16);
        Range(nameof(Width), Width, 4, 256);
        Range(nameof(RecurrentSteps), RecurrentSteps, 1, 8);
        if (Width % 4 != 0)
            throw new ArgumentException($"Width is {Width}; expected a multiple of 4.");
        if (UnbiasedUncertainty && Raters < 2)
            throw new ArgumentException("UnbiasedUncertainty needs 2 raters; there is 1.");
        return this;
    }

    private static void Range(string name, int value, int from, int to)
    {
        if (value < from || value > to)
            throw new ArgumentException($"{name} is {value}; expected {from} to {to}.");
    }
}
