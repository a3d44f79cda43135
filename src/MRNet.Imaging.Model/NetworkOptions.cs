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

/// <summary>What tells the features how much each rater counts (EIM; Ji et al. Table 4).</summary>
public enum ExpertiseUse
{
    /// <summary>A ConvLSTM begins from the weights and reads the features, Eq. 2: the paper.</summary>
    ConvLstm,

    /// <summary>The embedded weights beside the features, one 3x3 convolution over both: Table 4 b.</summary>
    Concatenation,

    /// <summary>Nothing does: a plain U-Net.</summary>
    None,
}

/// <summary>How the perception module looks again (MPM; Ji et al. Table 5).</summary>
public enum AttentionUse
{
    /// <summary>F (1 + max(Gauss(A), A)), Eq. 4 and 5: the paper.</summary>
    Soft,

    /// <summary>F (1 + A): the map as it is, not spread.</summary>
    Hard,

    /// <summary>F alone, through the same convolution.</summary>
    None,
}

/// <summary>The encoder of the U-Net.</summary>
public enum EncoderKind
{
    ResNet34,

    /// <summary>The paper's stronger one (section 4.3.3).</summary>
    ResNet101,
}

/// <summary>
/// The shape of an MRNet and the points in which the paper and its published code differ. Every difference is one
/// property; nothing is switched elsewhere. So is every part that the paper's ablations take out or exchange. Its Table 4 we
/// read as parts added one by one:
/// <list type="table">
/// <item><term>a</term><description>the U-Net alone: <see cref="ExpertiseUse.None"/>, no reconstruction, no perception</description></item>
/// <item><term>b</term><description>a with the weights concatenated: <see cref="ExpertiseUse.Concatenation"/></description></item>
/// <item><term>c</term><description>a with the EIM: <see cref="ExpertiseUse.ConvLstm"/></description></item>
/// <item><term>d</term><description>c with the MRM: no perception only</description></item>
/// <item><term>e</term><description>everything</description></item>
/// </list>
/// Table 5 we read as: i neither rec nor con in the loss, ii rec alone, iii con alone, iv both with
/// <see cref="AttentionUse.Hard"/>, v everything.
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

    /// <summary>In both modules that have an EIM.</summary>
    public ExpertiseUse Expertise { get; init; } = ExpertiseUse.ConvLstm;

    /// <summary>The MRM is there. Without it every rater's grading is the coarse one, and U is 0.</summary>
    public bool Reconstruction { get; init; } = true;

    /// <summary>The MPM is there; it needs the MRM. Without it the refined prediction is the coarse one.</summary>
    public bool Perception { get; init; } = true;

    public AttentionUse Attention { get; init; } = AttentionUse.Soft;

    public EncoderKind Encoder { get; init; } = EncoderKind.ResNet34;

    /// <summary>Every part is there, as the paper has it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsWhole =>
        (Expertise, Reconstruction, Perception, Attention, Encoder) == (ExpertiseUse.ConvLstm, true, true, AttentionUse.Soft, EncoderKind.ResNet34);

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
        if (Perception && !Reconstruction)
            throw new ArgumentException("Perception is on and Reconstruction off; the perception module looks where the reconstructed raters disagree, so take out both or neither.");
        return this;
    }

    private static void Range(string name, int value, int from, int to)
    {
        if (value < from || value > to)
            throw new ArgumentException($"{name} is {value}; expected {from} to {to}.");
    }
}
