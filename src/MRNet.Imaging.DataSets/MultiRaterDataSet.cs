namespace MRNet.Imaging.DataSets;

/// <summary>A data set that several raters outlined; pictures are read when asked for.</summary>
/// <param name="Name">The folder's or archive's name.</param>
/// <param name="Format">"qubiq", "riga", "rater-folders" or "crops".</param>
/// <param name="Structures">What was outlined: QUBIQ's tasks, or the names of the folders. Never pooled.</param>
/// <param name="Raters">All raters of the set; one who did not grade a case keeps the slot there.</param>
public sealed record MultiRaterDataSet(
    string Name, string Format, IReadOnlyList<string> Structures, IReadOnlyList<string> Raters, IReadOnlyList<MultiRaterCase> Cases)
{
    /// <summary>As DICOM writes it: CT, MR, OP; empty where nothing says it.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Finds out which layout it is and lists its cases; no picture is decoded.</summary>
    /// <param name="path">A folder, a .tar.gz of crops, or RIGA's .csv.</param>
    /// <exception cref="InvalidImageException">Nothing there, or nothing of a known layout.</exception>
    public static MultiRaterDataSet Open(string path, CancellationToken cancellation = default) => DataSetFormats.Open(path, cancellation);

    /// <summary>The same data with other cases: those of one split, or a few to try with.</summary>
    public MultiRaterDataSet Where(Func<MultiRaterCase, bool> chosen) => this with { Cases = [.. Cases.Where(chosen)] };
}
