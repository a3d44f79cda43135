using MRNet.Imaging.Model;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>
/// Tables 1 to 6 of Ji et al. (CVPR 2021), all of them here. Where the paper's rows cannot be known from our notes we take
/// the plainest reading, and the caption says which.
/// </summary>
public static class PaperTables
{
    public static IReadOnlyList<string> Names { get; } = ["table1", "table2", "table3", "table4", "table5", "table6"];

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="raters">What the data set calls them.</param>
    /// <param name="structures">What the data set calls them.</param>
    public static PaperTable Of(string name, IReadOnlyList<string> raters, IReadOnlyList<string> structures) => name switch
    {
        "table1" => new(name, "Table 1. Against the mean of the raters: one rater's U-Net each (M1, M2, ...), a U-Net taught the majority vote (MV), any rater's mask (LS), all raters by a head each (MH), and MRNet.",
            Compared(raters.Count), [.. Agreement, Calibration]),

        "table2" => new(name, "Table 2. Asked for one rater alone, for random weights, for all the same, and for the weights that STAPLE finds on the training patients; soft Dice against that rater, the weighted share, the share, and STAPLE's own map. Only MRNet and MH-UNet answer to the weights. " + Named(raters),
            Compared(raters.Count), Experts(raters))
        { ShowsIntervals = false },

        "table3" => new(name, "Table 3. Every method on each structure of another data set: soft Dice against the mean of the raters. We read it as Table 1's methods with Table 6's, trained and scored on the data set that is given.",
            [.. Compared(raters.Count)[..^1], Fcn, Dropout, Whole], [.. structures.Select((structure, s) => new TableColumn(structure, Question.Average, Measure.SoftDice, s))]),

        "table4" => new(name, "Table 4. The modules, added one by one: the U-Net alone, the raters' weights concatenated or by the EIM's ConvLSTM, the MRM, the MPM. Against the mean of the raters.",
            Modules, [.. Agreement, Calibration])
        { Against = Modules[^1].Label },

        "table5" => new(name, "Table 5. Terms of the loss and the attention, then alpha, the weight of consistency against reconstruction. Against the mean of the raters.",
            Terms, [.. Agreement, Calibration])
        { Against = "v  rec + con, soft attention" },

        "table6" => new(name, "Table 6. Other ways to uncertainty (FCN, MC dropout), and the stronger encoder, against the mean of the raters. We read it as calibration beside overlap.",
            [Fcn, Dropout, Whole, Dropout with { Label = "MC dropout, ResNet101", Network = Stronger }, Whole with { Label = "MRNet, ResNet101", Network = Stronger }],
            [.. Agreement, Calibration, new("Brier", Question.Average, Measure.Brier)]),

        _ => throw new InvalidImageException($"There is no table '{name}'; expected one of {string.Join(", ", Names)}."),
    };

    private static readonly TableRow Whole = new("MRNet", "mrnet");
    private static readonly TableRow Fcn = new("FCN", "fcn");
    private static readonly TableRow Dropout = new("MC dropout", "mc-dropout");

    private static TableRow[] Compared(int raters) =>
    [
        .. Enumerable.Range(1, raters).Select(k => new TableRow($"M{k}", $"m{k}")),
        new("MV-UNet", "mv-unet"),
        new("LS-UNet", "ls-unet"),
        new("MH-UNet", "mh-unet"),
        Whole,
    ];

    private static readonly TableRow[] Modules =
    [
        new("a  U-Net", "mrnet") { Network = network => OnlyUNet(network, ExpertiseUse.None) },
        new("b  + concatenation", "mrnet") { Network = network => OnlyUNet(network, ExpertiseUse.Concatenation) },
        new("c  + EIM", "mrnet") { Network = network => OnlyUNet(network, ExpertiseUse.ConvLstm) },
        new("d  + EIM + MRM", "mrnet") { Network = network => network with { Perception = false } },
        new("e  + EIM + MRM + MPM", "mrnet"),
    ];

    private static readonly TableRow[] Terms =
    [
        new("i  neither rec nor con", "mrnet") { Loss = loss => loss with { Reconstruction = false, Consistency = false } },
        new("ii  rec", "mrnet") { Loss = loss => loss with { Consistency = false } },
        new("iii  con", "mrnet") { Loss = loss => loss with { Reconstruction = false } },
        new("iv  rec + con, hard attention", "mrnet") { Network = network => network with { Attention = AttentionUse.Hard } },
        new("v  rec + con, soft attention", "mrnet"),
        .. new[] { 0.3, 0.7, 0.9 }.Select(alpha => new TableRow(FormattableString.Invariant($"alpha {alpha}"), "mrnet") { Loss = loss => loss with { Alpha = alpha } }),
    ];

    private static readonly TableColumn[] Agreement = [new("soft Dice", Question.Average, Measure.SoftDice), new("soft IoU", Question.Average, Measure.SoftIou)];
    private static readonly TableColumn Calibration = new("ECE", Question.Average, Measure.CalibrationError);

    private static TableColumn[] Experts(IReadOnlyList<string> raters) =>
    [
        .. raters.Select((_, k) => new TableColumn($"R{k + 1}", new(Asked.Rater, k), Measure.SoftDice)),
        new("random", new(Asked.Random), Measure.SoftDice),
        new("average", Question.Average, Measure.SoftDice),
        new("STAPLE", new(Asked.Staple), Measure.SoftDice),
    ];

    private static string Named(IReadOnlyList<string> raters) => string.Join(", ", raters.Select((rater, k) => $"R{k + 1}: {rater}")) + ".";

    private static NetworkOptions OnlyUNet(NetworkOptions network, ExpertiseUse expertise) =>
        network with { Expertise = expertise, Reconstruction = false, Perception = false };

    private static NetworkOptions Stronger(NetworkOptions network) => network with { Encoder = EncoderKind.ResNet101 };
}
