using System.Buffers.Binary;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class QubiqTests : IDisposable
{
    private static readonly Grid Flat = Some.Grid(5, 4, 1);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Reads_splits_tasks_and_raters()
    {
        var image = Some.Volume(Flat);
        foreach (var (split, number) in new[] { ("Training", 1), ("Validation", 2) })
            for (var task = 1; task <= 2; task++)
                for (var rater = 1; rater <= 3; rater++)
                    Mask($"prostate/{split}/case0{number}/task0{task}_seg0{rater}.nii.gz", (byte)(rater == 2 ? 1 : 0), task);
        foreach (var place in new[] { "Training/case01", "Validation/case02", "Testing/case03" })
            Image($"prostate/{place}/image.nii.gz", image);

        var data = SomeData.Open(folder["prostate"]);
        var masks = data.Cases[0].Masks();

        Assert.Equal(("prostate", "qubiq"), (data.Name, data.Format));
        Assert.Equal(["task01", "task02"], data.Structures);
        Assert.Equal(["seg01", "seg02", "seg03"], data.Raters);
        Assert.Equal(["case01 Training", "case02 Validation", "case03 Testing"], data.Cases.Select(one => $"{one.Name} {one.Split}"));
        Assert.Equal(image.Samples, data.Cases[0].Image().Samples);
        Assert.Equal("MR", data.Cases[0].Image().Modality);
        Assert.Equal([0, 0, 1, 0, 0], masks[1, 1]![..5]);
        Assert.Equal(data.Cases[0].Image().Grid, masks.Grid);
        Assert.All(Enumerable.Range(0, 6), i => Assert.Null(data.Cases[2].Masks()[i / 3, i % 3]));
    }

    [Fact]
    public void A_rater_missing_in_one_task_keeps_the_slot_and_an_empty_mask_is_a_vote()
    {
        Image("set/case09/image.nii.gz", Some.Volume(Flat));
        foreach (var name in new[] { "task01_seg01", "task01_seg02", "task01_seg03", "task02_seg01", "task02_seg03" })
            Mask($"set/case09/{name}.nii.gz", (byte)(name == "task01_seg02" ? 0 : 1));

        var masks = SomeData.Open(folder["set"]).Cases.Single().Masks();

        Assert.Null(masks[1, 1]);
        Assert.Equal(new byte[20], masks[0, 1]);
        Assert.Equal((3, 2), (masks.Present(0).Count, masks.Present(1).Count));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Four_channels_of_an_image_stand_against_masks_without(bool fourDimensions)
    {
        var channels = fourDimensions ? Some.Volume(Flat, 4) : Some.Volume(Flat with { Slices = 4 });
        Image("brain-tumor/Training/case01/image.nii.gz", channels);
        Image("brain-tumor/Testing/case02/image.nii.gz", channels);
        Mask("brain-tumor/Training/case01/task01_seg01.nii.gz", 1);

        var data = SomeData.Open(folder["brain-tumor"]);

        foreach (var one in data.Cases) // the one without masks follows the one with
        {
            Assert.Equal((4, 1), (one.Image().Channels, one.Image().Grid.Slices));
            Assert.Equal(channels.Samples, one.Image().Samples);
        }

        Assert.Equal(20, data.Cases[0].Masks()[0, 0]!.Length);
    }

    [Fact]
    public void Rank_2_and_rank_3_with_one_slice_are_the_same()
    {
        Image("set/case01/image.nii.gz", Some.Volume(Flat));
        Mask("set/case01/task01_seg01.nii", 1);
        Rank2("set/case01/task01_seg01.nii");

        Assert.Equal(1, SomeData.Open(folder["set"]).Cases.Single().Masks()[0, 0]![0]);
    }

    [Fact]
    public void Slices_first_become_slices_last_with_voxels_and_places_kept()
    {
        var grid = Some.ObliqueGrid(3, 6, 6); // slice, row, column
        var stored = Some.Volume(grid);
        Image("pancreas/case01/image.nii.gz", stored);
        var mask = new byte[108];
        mask[(4 * 6 + 2) * 3 + 1] = 1; // slice 1, row 2, column 4
        NiftiWriter.Write<byte>(At("pancreas/case01/task01_seg01.nii.gz"), grid, mask);

        var one = SomeData.Open(folder["pancreas"]).Cases.Single();
        var (image, masks) = (one.Image(), one.Masks());

        Assert.Equal((6, 6, 3), (image.Grid.Columns, image.Grid.Rows, image.Grid.Slices));
        Assert.Equal("CT", image.Modality);
        Assert.Equal(1, masks[0, 0]![(1 * 6 + 2) * 6 + 4]);
        Assert.Equal(stored.Samples[(4 * 6 + 2) * 3 + 1], image.Samples[(1 * 6 + 2) * 6 + 4]);
        Assert.True((image.Grid.ToPatient(4, 2, 1) - grid.ToPatient(1, 2, 4)).Length < 1e-3);
        Assert.Equal(image.Grid, masks.Grid);
    }

    [Fact]
    public void Other_spellings_and_litter_of_real_archives()
    {
        Image("kidney/train/case1/IMAGE.nii.gz", Some.Volume(Flat));
        Mask("kidney/train/case1/case1_seg01.nii.gz", 1);
        Image("kidney/val/case2/image.nii.gz", Some.Volume(Flat));
        Mask("kidney/val/case2/case2_seg02.nii.gz", 1);
        foreach (var litter in new[] { "__MACOSX/kidney/case1/._image.nii.gz", "kidney/train/.DS_Store", "kidney/train/case1/._task01_seg09.nii.gz", "kidney/train/__MACOSX/case7/image.nii.gz" })
            Text(litter, "litter");

        var data = SomeData.Open(folder["."]);

        Assert.Equal(("kidney", 2), (data.Name, data.Cases.Count));
        Assert.Equal(["Training", "Validation"], data.Cases.Select(one => one.Split));
        Assert.Equal(["task01"], data.Structures);
        Assert.Equal(["seg01", "seg02"], data.Raters);
    }

    [Fact]
    public void Cases_beside_a_validation_folder_are_training()
    {
        foreach (var place in new[] { "pancreas/case01", "pancreas/Validation/case01" })
        {
            Image($"{place}/image.nii.gz", Some.Volume(Flat));
            Mask($"{place}/task01_seg01.nii.gz", 1);
        }

        Assert.Equal(["Training/case01", "Validation/case01"], SomeData.Open(folder["pancreas"]).Cases.Select(one => one.Name));
    }

    [Fact]
    public void One_split_alone_can_be_named()
    {
        Image("kidney/Validation/case21/image.nii.gz", Some.Volume(Flat));
        Mask("kidney/Validation/case21/task01_seg01.nii.gz", 1);

        var data = SomeData.Open(folder["kidney/Validation"]);

        Assert.Equal(("kidney", "Validation"), (data.Name, data.Cases.Single().Split));
    }

    [Fact]
    public void Several_data_sets_are_listed_to_choose_from()
    {
        foreach (var set in new[] { "kidney", "prostate" })
            Image($"root/{set}/Training/case01/image.nii.gz", Some.Volume(Flat));

        Assert.Contains("holds 2 data sets: kidney, prostate", SomeData.Refused(folder["root"]));
    }

    [Fact]
    public void Refuses_values_sizes_and_damaged_files_with_case_and_file()
    {
        Image("set/case01/image.nii.gz", Some.Volume(Flat));
        NiftiWriter.Write<float>(At("set/case01/task01_seg01.nii.gz"), Flat, [.. Enumerable.Repeat(0.5f, 20)]);
        Assert.Equal("case01, task01_seg01.nii.gz: The mask holds the value 0.5; expected only 0 and 1.", MasksRefused());

        NiftiWriter.Write<byte>(At("set/case01/task01_seg01.nii.gz"), Some.Grid(4, 5, 1), new byte[20]);
        Assert.StartsWith("case01, task01_seg01.nii.gz: The mask is 4 x 5 x 1 voxels; its image is 5 x 4 x 1.", MasksRefused());

        File.WriteAllBytes(At("set/case01/task01_seg01.nii.gz"), File.ReadAllBytes(At("set/case01/task01_seg01.nii.gz"))[..60]);
        Assert.StartsWith("case01, task01_seg01.nii.gz: ", Assert.Throws<InvalidImageException>(() => SomeData.Open(folder["set"]).Cases.Single().Masks()).Message);
    }

    [Fact]
    public void Refuses_a_case_without_an_image()
    {
        Mask("set/case01/task01_seg01.nii.gz", 1);

        Assert.Contains("case01 holds 0 files that are no mask", SomeData.Refused(folder["set"]));
    }

    private string MasksRefused() => Assert.Throws<InvalidImageException>(() => SomeData.Open(folder["set"]).Cases.Single().Masks()).Message;

    private string At(string name)
    {
        var path = Path.Combine([folder["."], .. name.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    private void Text(string name, string text) => File.WriteAllText(At(name), text);

    private void Image(string name, Volume image) => NiftiWriter.Write(At(name), image);

    /// <summary>5 x 4, one pixel set.</summary>
    private void Mask(string name, byte value, int pixel = 0) => NiftiWriter.Write<byte>(At(name), Flat, [.. Enumerable.Range(0, 20).Select(i => i == pixel ? value : (byte)0)]);

    /// <summary>dim[0] from 3 to 2.</summary>
    private void Rank2(string name)
    {
        var bytes = File.ReadAllBytes(At(name));
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(40), 2);
        File.WriteAllBytes(At(name), bytes);
    }
}
