using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class RaterFoldersTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Reads_photographs_with_a_folder_for_each_rater()
    {
        var photograph = SomeData.Photograph(At("images/eye10.png"), 4, 3);
        SomeData.Photograph(At("images/eye2.png"), 5, 3);
        Mask("anna/eye10.png", 255, 0);
        Mask("bert/eye10.png", 1, 0);
        SomeData.Png(At("bert/eye2.png"), 5, 3, 0);

        var data = SomeData.Open(folder["set"]);

        Assert.Equal(("set", "rater-folders"), (data.Name, data.Format));
        Assert.Equal(["anna", "bert"], data.Raters);
        Assert.Equal(["eye2", "eye10"], data.Cases.Select(one => one.Name));
        var (image, masks) = (data.Cases[1].Image(), data.Cases[1].Masks());
        Assert.Equal((3, false), (image.Channels, image.Grid.HasPatientSpace));
        Assert.Equal(photograph.Samples, image.Samples);
        Assert.Equal([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], masks[0, 0]!);
        Assert.Equal(masks[0, 0], masks[0, 1]);
    }

    [Fact]
    public void A_missing_file_is_no_vote_and_an_empty_mask_is_a_vote_of_0()
    {
        SomeData.Png(At("images/a.png"), 4, 3, 7);
        Mask("r2/a.png", 0, 0);
        Directory.CreateDirectory(At("r1"));

        var masks = SomeData.Open(folder["set"]).Cases.Single().Masks();

        Assert.Null(masks[0, 0]);
        Assert.Equal(new byte[12], masks[0, 1]);
        Assert.Single(masks.Present(0));
    }

    [Fact]
    public void Structures_lie_in_folders_below_each_rater()
    {
        SomeData.Png(At("images/a.png"), 4, 3, 7);
        Mask("r1/cup/a.png", 255, 0);
        Mask("r1/disc/a.png", 255, 255);
        Mask("r2/disc/a.png", 0, 255);

        var data = SomeData.Open(folder["set"]);
        var masks = data.Cases.Single().Masks();

        Assert.Equal(["cup", "disc"], data.Structures);
        Assert.Equal((2, 2), (masks.Structures, masks.Raters));
        Assert.Null(masks[0, 1]);
        Assert.Equal(1, masks[1, 1]![1]);
    }

    [Fact]
    public void Splits_may_lie_above_and_names_used_twice_get_theirs()
    {
        foreach (var split in new[] { "train", "val", "Test" })
            SomeData.Png(At($"{split}/images/a.png"), 4, 3, 7);
        SomeData.Png(At("train/images/b.png"), 4, 3, 7);
        Mask("train/r1/a.png", 255, 0);

        var data = SomeData.Open(folder["set"]);

        Assert.Equal(["Training/a", "b", "Validation/a", "Testing/a"], data.Cases.Select(one => one.Name));
        Assert.Equal(["Training", "Training", "Validation", "Testing"], data.Cases.Select(one => one.Split));
    }

    [Fact]
    public void Reads_nifti_with_the_images_grid()
    {
        var image = Some.Volume(Some.ObliqueGrid());
        Directory.CreateDirectory(At("images"));
        Directory.CreateDirectory(At("r1"));
        NiftiWriter.Write(At("images/a.nii.gz"), image);
        var mask = Enumerable.Range(0, 60).Select(i => (byte)(i % 2)).ToArray();
        NiftiWriter.Write<byte>(At("r1/a.nii.gz"), image.Grid, mask);

        var one = SomeData.Open(folder["set"]).Cases.Single();

        Assert.Equal(image.Samples, one.Image().Samples);
        Assert.Equal(one.Image().Grid, one.Masks().Grid);
        Assert.Equal(mask, one.Masks()[0, 0]);
    }

    [Fact]
    public void Litter_is_no_data()
    {
        SomeData.Png(At("images/a.png"), 4, 3, 7);
        Mask("r1/a.png", 255, 0);
        foreach (var litter in new[] { "images/._a.png", "r1/.DS_Store", "__MACOSX/images/a.png", ".git/config" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(litter))!);
            File.WriteAllText(At(litter), "litter");
        }

        var data = SomeData.Open(folder["set"]);

        Assert.Equal(["r1"], data.Raters);
        Assert.Single(data.Cases);
    }

    [Fact]
    public void Refuses_a_mask_of_another_size()
    {
        SomeData.Png(At("images/a.png"), 4, 3, 7);
        SomeData.Png(At("r1/a.png"), 3, 4, 0);

        Assert.StartsWith("a, a.png: The mask is 3 x 4 x 1 voxels; its image is 4 x 3 x 1.", MasksRefused());
    }

    [Fact]
    public void Refuses_a_mask_with_other_values()
    {
        SomeData.Png(At("images/a.png"), 4, 3, 7);
        Mask("r1/a.png", 255, 17);

        Assert.Equal("a, a.png: The mask holds the value 17; expected only 0 and 255, or 0 and 1.", MasksRefused());
    }

    [Fact]
    public void Refuses_an_image_with_nan()
    {
        Directory.CreateDirectory(At("images"));
        Mask("r1/a.png", 0, 0);
        NiftiWriter.Write(At("images/a.nii.gz"), new Volume(Grid.OfPixels(4, 3), [.. Enumerable.Repeat(float.NaN, 12)]));

        Assert.Contains("a, a.nii.gz: 12 of 12 samples are NaN", Assert.Throws<InvalidImageException>(() => SomeData.Open(folder["set"]).Cases.Single().Image()).Message);
    }

    [Fact]
    public void A_case_without_masks_is_named_to_those_who_need_them()
    {
        SomeData.Png(At("images/a.png"), 4, 3, 7);
        Directory.CreateDirectory(At("r1"));
        var one = SomeData.Open(folder["set"]).Cases.Single();

        Assert.StartsWith("a has no mask of any rater", Assert.Throws<InvalidImageException>(() => one.ReadGraded(TestContext.Current.CancellationToken)).Message);
    }

    [Fact]
    public void Refuses_what_is_no_data_set()
    {
        Directory.CreateDirectory(folder["set"]);
        Assert.Contains("set holds nothing", SomeData.Refused(folder["set"]));

        File.WriteAllText(At("notes.txt"), "");
        Assert.Contains("set holds notes.txt", SomeData.Refused(folder["set"]));
        Assert.Contains("There is no data set", SomeData.Refused(folder["absent"]));

        SomeData.Png(At("images/a.png"), 4, 3, 7);
        Assert.Contains("no other folder; expected one beside it for each rater", SomeData.Refused(folder["set"]));

        Mask("r1/b.png", 0, 0);
        Assert.Contains("r1/b.png belongs to no image", SomeData.Refused(folder["set"]));
    }

    private string MasksRefused() => Assert.Throws<InvalidImageException>(() => SomeData.Open(folder["set"]).Cases.Single().Masks()).Message;

    private string At(string name) => Path.Combine([folder["set"], .. name.Split('/')]);

    /// <summary>4 x 3, of which the first two pixels are set.</summary>
    private void Mask(string name, byte first, byte second) => SomeData.Png(At(name), 4, 3, [first, second, .. new byte[10]]);
}
