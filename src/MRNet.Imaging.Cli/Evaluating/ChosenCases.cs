using MRNet.Imaging.DataSets;
using MRNet.Imaging.Training;

namespace MRNet.Imaging.Cli.Evaluating;

/// <summary>The part of a data set that is evaluated.</summary>
/// <param name="Split">For the report: "Validation", "all cases".</param>
internal sealed record ChosenCases(MultiRaterDataSet Data, string Split)
{
    /// <exception cref="InvalidImageException">The split has no case.</exception>
    public static ChosenCases Of(MultiRaterDataSet data, string? split, int seed)
    {
        var own = data.Cases.Any(one => one.Split is not null);
        var asked = split ?? (data.Cases.Any(one => one.Split == "Validation") ? "Validation" : "all");
        if (asked == "all")
            return new(data, "all cases");

        var chosen = data.Where(one => (own ? one.Split : ByPatient(one, seed)) == asked);
        if (chosen.Cases.Count == 0)
            throw new InvalidImageException($"No case of {data.Name} is in {asked}; there {(own ? "are" : "are, parted by patient,")} {Found(data, own, seed)}. Choose another --split, or all.");
        return new(chosen, own ? asked : $"{asked} (parted by patient, seed {seed})");
    }

    private static string Found(MultiRaterDataSet data, bool own, int seed) => string.Join(", ", data.Cases
        .GroupBy(one => own ? one.Split ?? "no split" : ByPatient(one, seed)).OrderBy(part => part.Key, StringComparer.Ordinal).Select(part => $"{part.Key} {part.Count()}"));

    private static string ByPatient(MultiRaterCase one, int seed) =>
        new PatientSplit(seed).Of(one.Patient) switch { SplitPart.Test => "Testing", var part => part.ToString() };
}
