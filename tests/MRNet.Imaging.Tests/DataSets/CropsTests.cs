using System.Formats.Tar;
using System.IO.Compression;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class CropsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Reads_a_folder_and_an_archive_alike(bool archive)
    {
        foreach (var slice in new[] { 2, 10 })
        {
            Put($"b/case-1/images/slice-{slice}.png", (byte)slice);
            Put($"b/case-1/mask-0/slice-{slice}.png", 127);
            Put($"b/case-1/mask-1/slice-{slice}.png", 128);
        }

        Put("b/case-1/images/slice-3.png", 11); // graded by one rater only: left out
        Put("b/case-1/mask-0/slice-3.png", 0);
        Put("a/case-7/images/slice-0.png", 90);
        Put("a/case-7/mask-0/slice-0.png", 0);
        Put("a/case-7/mask-1/slice-0.png", 255);

        var data = SomeData.Open(archive ? Archive() : folder["crops"]);
        var (image, masks) = (data.Cases[1].Image(), data.Cases[1].Masks());

        Assert.Equal(("crops", "crops"), (data.Name, data.Format));
        Assert.Equal(["mask-0", "mask-1"], data.Raters);
        Assert.Equal(["a/case-7", "b/case-1"], data.Cases.Select(one => one.Name));
        Assert.Equal(["a", "b"], data.Cases.Select(one => one.Patient));
        Assert.Equal((4, 3, 2, false), (image.Grid.Columns, image.Grid.Rows, image.Grid.Slices, image.Grid.HasPatientSpace));
        Assert.Equal([.. Enumerable.Repeat(2f, 12), .. Enumerable.Repeat(10f, 12)], image.Samples);
        Assert.Equal(image.Grid, masks.Grid);
        Assert.Equal(new byte[24], masks[0, 0]);
        Assert.Equal([.. Enumerable.Repeat((byte)1, 24)], masks[0, 1]!);
    }

    [Fact]
    public void Refuses_mixed_sizes_with_the_file()
    {
        Put("p/c/images/a.png", 0);
        Put("p/c/mask-0/a.png", 0);
        Put("p/c/images/b.png", 0);
        SomeData.Png(At("p/c/mask-0/b.png"), 3, 4, 0); // as many pixels, but turned

        var one = SomeData.Open(folder["crops"]).Cases.Single();

        Assert.Contains("p/c/mask-0/b.png is 3 x 4; the case's first picture is 4 x 3", Assert.Throws<InvalidImageException>(() => one.Masks()).Message);
    }

    [Fact]
    public void Refuses_a_damaged_picture_with_its_name()
    {
        Put("p/c/images/s.png", 0);
        Put("p/c/mask-0/s.png", 0);
        File.WriteAllText(At("p/c/images/s.png"), "not a picture");

        var one = SomeData.Open(folder["crops"]).Cases.Single();

        Assert.StartsWith("p/c, s.png: The file is no picture", Assert.Throws<InvalidImageException>(() => one.Image()).Message);
    }

    [Fact]
    public void Refuses_an_archive_cut_anywhere()
    {
        var noise = new byte[1600];
        new Random(1).NextBytes(noise);
        SomeData.Png(At("p/c/images/s.png"), 40, 40, noise);
        SomeData.Png(At("p/c/mask-0/s.png"), 40, 40, noise);
        var whole = File.ReadAllBytes(Archive());

        for (var share = 1; share < 10; share++)
        {
            File.WriteAllBytes(folder["cut.tar.gz"], whole[..(whole.Length * share / 10)]);
            SomeData.Refused(folder["cut.tar.gz"]);
        }
    }

    [Fact]
    public void Refuses_pictures_without_any_mask()
    {
        Put("p/c/images/s.png", 0);

        Assert.Contains("mask-k", SomeData.Refused(folder["crops"]));
    }

    [Fact]
    public void Reads_the_LIDC_crops()
    {
        var data = SomeData.Open(Shared.Data("lidc", "lidc_4readers.tar.gz"));
        var areas = File.ReadLines(Shared.Data("lidc", "index.csv")).Skip(1).Select(line => line.Split(',')).ToLookup(line => $"{line[0]}/{line[1]}", line => int.Parse(line[3]));
        var (image, masks) = (data.Cases[0].Image(), data.Cases[0].Masks());

        Assert.Equal(4, data.Raters.Count);
        Assert.Equal(areas.Select(study => study.Key).Order(), data.Cases.Select(one => one.Name).Order());
        Assert.Equal(areas[data.Cases[0].Name].Count(), image.Grid.Slices);
        Assert.Equal(areas[data.Cases[0].Name].Sum(), masks[0, 0]!.Sum(value => value));
    }

    private string At(string name) => Path.Combine([folder["crops"], .. name.Split('/')]);

    private void Put(string name, byte grey) => SomeData.Png(At(name), 4, 3, grey);

    private string Archive()
    {
        using var zipped = new GZipStream(File.Create(folder["crops.tar.gz"]), CompressionLevel.Optimal);
        TarFile.CreateFromDirectory(folder["crops"], zipped, includeBaseDirectory: false);
        return folder["crops.tar.gz"];
    }
}
