using System.Text;
using MRNet.Imaging.Tests.Pictures;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class RigaTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("utf-8"), InlineData("gbk")]
    public void Reads_disc_and_cup_of_each_rater(string encoding)
    {
        SomeData.Photograph(At("图像/eye1.png"), 3, 1);
        SomeData.Png(At("图像/eye1-FinalLabel.png"), 3, 1, 255);
        SomeData.Png(At("图像/eye1-Rater1.png"), 3, 1, 0, 128, 255);
        Table(encoding, @",imgName,maskName,label,rater", @"0,图像\eye1.png,图像\eye1-FinalLabel.png,x,0", @"1,图像\eye1.png,图像\eye1-Rater1.png,""a, b"",1", @"2,图像\eye1.png,图像\eye1-Rater2.png,x,2");

        var data = SomeData.Open(folder["riga"]);
        var one = data.Cases.Single();

        Assert.Equal("riga", data.Format);
        Assert.Equal(["disc", "cup"], data.Structures);
        Assert.Equal(["Rater1", "Rater2"], data.Raters); // the final label is no rater
        Assert.Equal(("图像/eye1", "Training"), (one.Name, one.Split));
        Assert.Equal((3, "OP"), (one.Image().Channels, one.Image().Modality));
        Assert.Equal([0, 1, 1], one.Masks()[0, 0]!);
        Assert.Equal([0, 0, 1], one.Masks()[1, 0]!);
        Assert.Null(one.Masks()[0, 1]); // no file
    }

    [Fact]
    public void Reads_photographs_and_masks_in_tiff()
    {
        SomeTiff.Write(At("a.tif"), 3, 1, 3, new byte[9]);
        SomeTiff.Write(At("m.tif"), 3, 1, 1, [0, 128, 255]);
        Table("utf-8", "imgName,maskName,rater", "a.tif,m.tif,1");

        var one = SomeData.Open(folder["riga"]).Cases.Single();

        Assert.Equal(3, one.Image().Channels);
        Assert.Equal([0, 1, 1], one.Masks()[0, 0]!);
        Assert.Equal([0, 0, 1], one.Masks()[1, 0]!);
    }

    [Fact]
    public void A_table_alone_can_be_named()
    {
        SomeData.Photograph(At("a.png"), 3, 1);
        Table("utf-8", "imgName,maskName,rater", "a.png,m.png,1");

        Assert.Single(SomeData.Open(At("Glaucoma_multirater_train.csv")).Cases);
    }

    [Theory]
    [InlineData("a.png,m.png", "line 2: 2 cells; expected at least 3")]
    [InlineData("a.png,m.png,Bob", "line 2: rater is 'Bob'")]
    [InlineData("../a.png,m.png,1", "line 2: the path is '../a.png'; expected one inside the table's folder")]
    [InlineData("b.png,m.png,1", "b: there is no image b.png where the table says")]
    public void Refuses_a_broken_row(string row, string message)
    {
        SomeData.Photograph(At("a.png"), 3, 1);
        SomeData.Photograph(folder["a.png"], 3, 1);
        Table("utf-8", "imgName,maskName,rater", row);

        Assert.Contains(message, SomeData.Refused(folder["riga"]));
    }

    [Fact]
    public void Refuses_other_grey_values_in_a_mask()
    {
        SomeData.Photograph(At("a.png"), 3, 1);
        SomeData.Png(At("m.png"), 3, 1, 0, 127, 255);
        Table("utf-8", "imgName,maskName,rater", "a.png,m.png,1");

        var one = SomeData.Open(folder["riga"]).Cases.Single();

        Assert.Equal("a, m.png: The mask holds the value 127; expected only 0, 128 (disc) and 255 (cup).", Assert.Throws<InvalidImageException>(() => one.Masks()).Message);
    }

    private string At(string name) => Path.Combine([folder["riga"], .. name.Split('/')]);

    private void Table(string encoding, params string[] lines)
    {
        var text = encoding == "gbk" ? CodePagesEncodingProvider.Instance.GetEncoding(936)! : new UTF8Encoding(true);
        Directory.CreateDirectory(folder["riga"]);
        File.WriteAllText(At("Glaucoma_multirater_train.csv"), string.Join("\r\n", lines), text);
    }
}
