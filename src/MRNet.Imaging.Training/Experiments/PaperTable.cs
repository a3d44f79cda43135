using System.Security.Cryptography;
using System.Text;
using MRNet.Imaging.Model;
using MRNet.Imaging.Training.Methods;

namespace MRNet.Imaging.Training.Experiments;

/// <summary>A table of the paper as data: what is trained, and what is asked of it.</summary>
/// <param name="Name">As on the command line and in file names: "table2".</param>
/// <param name="Caption">What it shows, and how we read the paper where it leaves something open.</param>
public sealed record PaperTable(string Name, string Caption, IReadOnlyList<TableRow> Rows, IReadOnlyList<TableColumn> Columns)
{
    /// <summary>Cells show the interval beside the mean; a table with many columns keeps it for the CSV file.</summary>
    public bool ShowsIntervals { get; init; } = true;

    /// <summary>The row that the others are compared with, patient by patient: the whole network of the paper.</summary>
    public string Against { get; init; } = "MRNet";

    /// <summary>The same table with some of its rows, in its order.</summary>
    /// <param name="labels">As the table shows them; upper and lower case are the same.</param>
    /// <exception cref="InvalidImageException">A label that the table does not have.</exception>
    public PaperTable Only(IReadOnlyList<string> labels)
    {
        foreach (var label in labels)
            if (!Rows.Any(row => Is(row, label)))
                throw new InvalidImageException($"{Name} has no row '{label}'; expected some of {string.Join(", ", Rows.Select(row => row.Label))}.");
        return this with { Rows = [.. Rows.Where(row => labels.Any(label => Is(row, label)))] };
    }

    private static bool Is(TableRow row, string label) => row.Label.Equals(label, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Something that is trained: a method, and what is changed in its network and its loss.</summary>
/// <param name="Method">One of <see cref="SegmentationMethods.Names"/>.</param>
public sealed record TableRow(string Label, string Method)
{
    public Func<NetworkOptions, NetworkOptions> Network { get; init; } = network => network;

    public Func<LossOptions, LossOptions> Loss { get; init; } = loss => loss;

    /// <param name="network">The network of the configuration.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="device">cpu, cuda or cuda:1.</param>
    public MethodChoice Choice(NetworkOptions network, LossOptions loss, string device = "cpu")
    {
        var (changed, terms) = (Network(network), Loss(loss));
        return new($"{Method} {changed} {terms}", () => OnDevice.Of(() => SegmentationMethods.Create(Method, changed, terms), device));
    }

    /// <summary>Where its runs are kept: rows that train the same share it, in whatever table they are.</summary>
    internal static string FolderOf(string method, MethodChoice choice) =>
        $"{method}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(choice.Name)))[..8]}";
}

/// <summary>One question and how the answer is scored.</summary>
/// <param name="Structure">From 0; null where a cell shows all structures, parted by " / ".</param>
public sealed record TableColumn(string Label, Question Question, Measure Measure, int? Structure = null);
