using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class ConfigFileTests
{
    [Theory]
    [InlineData("""{"trainig": {}}""", "'trainig'; did you mean 'training'?")]
    [InlineData("""{"training": {"epoch": 3}}""", "'epoch'; did you mean 'epochs'?")]
    [InlineData("""{"augmentation": {"flipx": true, "rotations": 4}}""", "'flipx'; did you mean 'flipX'?")]
    [InlineData("""{"network": {"with": 8}}""", "'with'; did you mean 'width'?")]
    [InlineData("""{"preparation": {"locator": {"magin": 2}}}""", "'magin'; did you mean 'margin'?")]
    [InlineData("""{"model": {"structures": [{"lable": "x"}]}}""", "'lable'; did you mean 'label'?")]
    [InlineData("""{"split": {"validationshare": 0.1}}""", "'validationshare'; did you mean 'validationShare'?")]
    public void A_key_that_means_nothing_is_refused_with_the_nearest_that_does(string json, string message) => Assert.Contains(message, Refused(json));

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("null", "cannot be read")]
    [InlineData("""{"preparation": "car"}""", "expected \"auto\"")]
    [InlineData("""{"training": {"epochs": 0}}""", "Epochs")]
    [InlineData("""{"training": {"epochs": "many"}}""", "cannot be read")]
    [InlineData("""{"training": {"strategies": []}}""", "Strategies")]
    [InlineData("""{"augmentation": {"rotation": 900}}""", "Rotation")]
    [InlineData("""{"emptySlices": 2}""", "EmptySlices")]
    [InlineData("""{"stretched": [255, 0]}""", "two rising values")]
    [InlineData("""{"split": {"validationShare": 0.5, "testShare": 0.5}}""", "leave nothing for training")]
    public void A_value_that_cannot_be_is_refused(string json, string message) => Assert.Contains(message, Refused(json));

    [Fact]
    public void What_is_left_out_has_its_default() => Assert.Equal(ConfigFile.Write(new()), ConfigFile.Write(ConfigFile.Parse("{ /* all as it is */ }", "c")));

    [Fact]
    public void What_was_written_is_read()
    {
        var config = new TrainingConfig
        {
            Preparation = Some.Preparation() with { Locator = new() { Margin = 3 } },
            Augmentation = Augmentation.Regions,
            Training = new() { Epochs = 3, Strategies = [RaterStrategy.SingleRater] },
            Split = new(Seed: 4, TestShare: 0.2, ByFolders: false),
            Stretched = [0, 255],
        };

        var read = ConfigFile.Parse(ConfigFile.Write(config), "c");

        Assert.Equal(ConfigFile.Write(config), ConfigFile.Write(read));
        Assert.Equal(RaterStrategy.SingleRater, Assert.Single(read.Training.Strategies));
        Assert.Equal(3, read.Preparation!.Locator!.Margin);
        Assert.Null(ConfigFile.Parse(ConfigFile.Write(new()), "c").Preparation);
    }

    private static string Refused(string json) => Assert.Throws<InvalidImageException>(() => ConfigFile.Parse(json, "train.json")).Message;
}
