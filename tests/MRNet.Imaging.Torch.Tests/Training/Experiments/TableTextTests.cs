using MRNet.Imaging.Training.Experiments;

namespace MRNet.Imaging.Torch.Tests.Training.Experiments;

public class TableTextTests
{
    private static readonly PaperTable Table = new("table1", "What it shows.", [new("one", "mrnet"), new("two, really", "fcn"), new("three", "m1")],
        [new("soft Dice", Question.Average, Measure.SoftDice), new("ECE", Question.Average, Measure.CalibrationError, Structure: 1)]);

    [Fact]
    public void One_seed_shows_intervals_and_the_best_of_each_column_and_structure()
    {
        var text = TableText.Markdown(Result(seeds: 1));

        Assert.Contains("| | soft Dice | ECE |", text, StringComparison.Ordinal);
        Assert.Contains("| one | 0.500 (0.400 to 0.600) / 0.900 | **0.0100** |", text, StringComparison.Ordinal);
        Assert.Contains("| two, really | **0.700** / - | 0.0200 |", text, StringComparison.Ordinal);
        Assert.Contains("In a cell: disc / cup.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_seeds_show_mean_and_spread() =>
        Assert.Contains("| one | 0.550 ± 0.071 / 0.950 ± 0.071 |", TableText.Markdown(Result(seeds: 2)), StringComparison.Ordinal);

    [Fact]
    public void A_row_that_failed_says_why()
    {
        var text = TableText.Markdown(Result(seeds: 1));

        Assert.Contains("| three | failed | failed |", text, StringComparison.Ordinal);
        Assert.Contains("- three failed: The loss is NaN.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_has_a_line_for_each_number()
    {
        var lines = TableText.Csv(Result(seeds: 2)).TrimEnd('\n').Split('\n');

        Assert.Equal(
        [
            "row,column,structure,measure,images,seeds,mean,low95,high95,seed_deviation,against,difference,difference_low95,difference_high95,failure",
            "one,soft Dice,disc,SoftDice,2,2,0.550000,0.450000,0.650000,0.070711,,,,,",
            "one,soft Dice,cup,SoftDice,1,2,0.950000,0.950000,0.950000,0.070711,,,,,",
            "one,ECE,cup,CalibrationError,1,2,0.060000,0.060000,0.060000,0.070711,,,,,",
            "\"two, really\",soft Dice,disc,SoftDice,1,2,0.750000,0.750000,0.750000,0.070711,,,,,",
            "\"two, really\",soft Dice,cup,SoftDice,0,,,,,,,,,,",
            "\"two, really\",ECE,cup,CalibrationError,1,2,0.070000,0.070000,0.070000,0.070711,,,,,",
            "three,,,,,,,,,,,,,,The loss is NaN.",
        ], lines);
    }

    [Fact]
    public void The_whole_network_is_compared_with_each_row_patient_by_patient()
    {
        var result = new ExperimentResult(Table with { Against = "one" }, ["disc", "cup"], "the test patients", "Settings.",
        [
            new("one", [Cell(1, [0.4, 0.6, 0.9], [0.9]), Cell(1, [], [0.01])]),
            new("two, really", [Cell(1, [0.3, 0.4, 0.6], [0.9]), Cell(1, [], [0.03])]),
        ]);

        Assert.Contains("| one minus | soft Dice | ECE |", TableText.Markdown(result), StringComparison.Ordinal);
        Assert.Contains("| two, really | 0.200 (0.100 to 0.300) / 0.000 (0.000 to 0.000) | -0.0200 (-0.0200 to -0.0200) |", TableText.Markdown(result), StringComparison.Ordinal);
        Assert.Contains("\"two, really\",soft Dice,disc,SoftDice,3,1,0.433333,0.300000,0.600000,,one,0.200000,0.100000,0.300000,", TableText.Csv(result), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_can_be_cut_to_some_rows()
    {
        Assert.Equal(["one", "three"], Table.Only(["Three", "ONE"]).Rows.Select(row => row.Label));
        Assert.Contains("no row 'four'; expected some of one, two, really, three", Assert.Throws<InvalidImageException>(() => Table.Only(["four"])).Message, StringComparison.Ordinal);
    }

    private static ExperimentResult Result(int seeds) => new(Table, ["disc", "cup"], "the test patients", "Settings.",
    [
        new("one", [Cell(seeds, [0.4, 0.6], [0.9]), Cell(seeds, [], [0.01])]),
        new("two, really", [Cell(seeds, [0.7], []), Cell(seeds, [], [0.02])]),
        new("three", [], new InvalidImageException("The loss is NaN.")),
    ]);

    /// <param name="structures">[S][images] of the first seed; each further is 0.1 more.</param>
    private static Cell Cell(int seeds, params double[][] structures) => MRNet.Imaging.Training.Experiments.Cell.Of(
        [.. Enumerable.Range(0, seeds).Select(seed => structures.Select(images => images.Select((value, i) => new Scored(value + 0.1 * seed, $"patient {i}")).ToArray()).ToArray())]);
}
