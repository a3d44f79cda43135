namespace MRNet.Imaging.Cli.DataSets;

/// <summary>What is in a data set, in numbers.</summary>
/// <param name="Splits">Cases in each; "all" where the data set has none.</param>
/// <param name="Sizes">"497 x 497 x 1" and how many cases have it.</param>
/// <param name="Modality">As the data set says, or guessed from the values.</param>
internal sealed record DataSetSummary(
    string Name, string Format, IReadOnlyDictionary<string, int> Splits, int Patients, IReadOnlyDictionary<string, int> Sizes,
    IReadOnlyList<int> Channels, string Modality, IReadOnlyList<StructureSummary> Structures, IReadOnlyList<string> Warnings);

/// <param name="GradedCases">Cases with at least one rater's mask.</param>
/// <param name="MeanPairwiseDice">Over the pairs of a case, then over the cases with a pair; null where no two raters graded a case.</param>
/// <param name="Any">Share of the voxels that at least one rater marks, mean over the graded cases.</param>
/// <param name="Majority">That more than half of those who graded mark.</param>
/// <param name="All">That all who graded mark.</param>
internal sealed record StructureSummary(
    string Name, int GradedCases, double? MeanPairwiseDice, double Any, double Majority, double All, IReadOnlyList<RaterSummary> Raters);

/// <param name="Graded">Masks there are.</param>
/// <param name="Missing">Masks there are not, in cases that someone graded.</param>
/// <param name="Empty">Masks without a voxel: votes of 0.</param>
/// <param name="MeanSize">Of the masks, in the unit.</param>
/// <param name="Unit">"mL" or "pixels".</param>
internal sealed record RaterSummary(string Name, int Graded, int Missing, int Empty, double MeanSize, string Unit);
