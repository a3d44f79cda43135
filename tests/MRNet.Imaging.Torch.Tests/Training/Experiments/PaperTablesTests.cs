using MRNet.Imaging.Model;
using MRNet.Imaging.Training;
using MRNet.Imaging.Training.Experiments;

namespace MRNet.Imaging.Torch.Tests.Training.Experiments;

public class PaperTablesTests
{
    [Theory]
    [InlineData("table1"), InlineData("table2"), InlineData("table3"), InlineData("table4"), InlineData("table5"), InlineData("table6")]
    public void Every_row_makes_a_method(string name)
    {
        foreach (var row in Table(name).Rows)
            using (var method = row.Choice(Some.Options(), new()).Make())
                Assert.NotEmpty(method.Network.parameters());
    }

    [Fact]
    public void Table_2_asks_for_each_rater_at_random_on_average_and_by_staple()
    {
        var table = Table("table2");

        Assert.Equal(["M1", "M2", "M3", "MV-UNet", "LS-UNet", "MH-UNet", "MRNet"], table.Rows.Select(row => row.Label));
        Assert.Equal(["R1", "R2", "R3", "random", "average", "STAPLE"], table.Columns.Select(column => column.Label));
        Assert.Contains("R1: anna, R2: ben, R3: cleo.", table.Caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_3_has_a_column_for_each_structure()
    {
        Assert.Equal([("disc", (int?)0), ("cup", 1)], Table("table3").Columns.Select(column => (column.Label, column.Structure)));
    }

    [Fact]
    public void Table_4_adds_one_module_after_the_other()
    {
        var networks = Table("table4").Rows.Select(row => row.Network(Some.Options()));

        Assert.Equal(
        [
            (ExpertiseUse.None, false, false), (ExpertiseUse.Concatenation, false, false), (ExpertiseUse.ConvLstm, false, false),
            (ExpertiseUse.ConvLstm, true, false), (ExpertiseUse.ConvLstm, true, true),
        ], networks.Select(network => (network.Expertise, network.Reconstruction, network.Perception)));
    }

    [Fact]
    public void Table_5_takes_terms_out_and_changes_attention_and_alpha()
    {
        var rows = Table("table5").Rows.Select(row => (row.Loss(new()), row.Network(Some.Options()).Attention)).ToArray();

        Assert.Equal(
        [
            (new LossOptions { Reconstruction = false, Consistency = false }, AttentionUse.Soft), (new() { Consistency = false }, AttentionUse.Soft), (new() { Reconstruction = false }, AttentionUse.Soft),
            (new(), AttentionUse.Hard), (new(), AttentionUse.Soft),
            (new() { Alpha = 0.3 }, AttentionUse.Soft), (new() { Alpha = 0.7 }, AttentionUse.Soft), (new() { Alpha = 0.9 }, AttentionUse.Soft),
        ], rows);
    }

    [Fact]
    public void Rows_that_train_the_same_share_a_run_and_no_others_do()
    {
        string Folder(string table, string label)
        {
            var row = Table(table).Rows.Single(row => row.Label.StartsWith(label, StringComparison.Ordinal));
            return TableRow.FolderOf(row.Method, row.Choice(Some.Options(), new()));
        }

        Assert.Equal(Folder("table1", "MRNet"), Folder("table4", "e"));
        Assert.Equal(Folder("table1", "MRNet"), Folder("table5", "alpha 0.7"));
        Assert.Equal(8, new[] { Folder("table1", "MRNet"), Folder("table5", "alpha 0.3"), Folder("table5", "iv"), Folder("table5", "i "), Folder("table4", "a"), Folder("table4", "b"), Folder("table1", "M1"), Folder("table1", "M2") }.Distinct().Count());
    }

    private static PaperTable Table(string name) => PaperTables.Of(name, ["anna", "ben", "cleo"], ["disc", "cup"]);
}
