using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Tests.DataSets;

public sealed class DataSetWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    public static TheoryData<DataSetLayout, DataSetLayout> Layouts => new()
    {
        { DataSetLayout.Qubiq, DataSetLayout.RaterFolders },
        { DataSetLayout.RaterFolders, DataSetLayout.Qubiq },
    };

    [Theory, MemberData(nameof(Layouts))]
    public void There_and_back_every_voxel_place_vote_and_name_is_kept(DataSetLayout there, DataSetLayout back)
    {
        var data = new MultiRaterDataSet("set", "test", ["cup", "disc"], ["zoe", "anna", "absent"],
        [
            Case("oblique", "p1", "Training", Some.Volume(Some.ObliqueGrid(5, 4, 3))),
            Case("sequences", "p1", "Training", Some.Volume(Some.Grid(5, 4, 1), 4)),
            Case("looks-slices-first", "p2", "Validation", Some.Volume(Some.Grid(3, 4, 4))),
            Case("photograph", "photograph", "Validation", new Volume(Grid.OfPixels(6, 2), [.. Enumerable.Range(0, 36).Select(i => i * 7f)], 3)),
            Case("ungraded", "ungraded", "Testing", Some.Volume(), graded: false),
        ])
        { Modality = "MR" };

        Write(data, folder["a"], there);
        Write(SomeData.Open(folder["a"]), folder["b"], back);
        var twice = SomeData.Open(folder["b"]);

        Assert.Equal(data.Structures, twice.Structures);
        Assert.Equal("MR", twice.Modality);
        Assert.Equal(data.Raters, twice.Raters);
        Assert.Equal(data.Cases.Select(Names).Order(), twice.Cases.Select(Names).Order());
        foreach (var (wanted, found) in data.Cases.OrderBy(one => one.Name).Zip(twice.Cases.OrderBy(one => one.Name)))
            Same(wanted, found);
    }

    [Fact]
    public void A_photograph_is_copied_as_it_is()
    {
        SomeData.Photograph(folder["set/images/a.png"], 4, 3);
        SomeData.Png(folder["set/r1/a.png"], 4, 3, 255);

        Write(SomeData.Open(folder["set"]), folder["again"], DataSetLayout.RaterFolders);

        Assert.Equal(File.ReadAllBytes(folder["set/images/a.png"]), File.ReadAllBytes(folder["again/images/a.png"]));
        Assert.Equal(1, SomeData.Open(folder["again"]).Cases.Single().Masks()[0, 0]![0]);
    }

    [Fact]
    public void Crops_keep_their_patients()
    {
        SomeData.Png(folder["set/p1/nodule-0/images/s.png"], 4, 3, 9);
        SomeData.Png(folder["set/p1/nodule-0/mask-0/s.png"], 4, 3, 255);

        Write(SomeData.Open(folder["set"]), folder["again"], DataSetLayout.Qubiq);
        var one = SomeData.Open(folder["again"]).Cases.Single();

        Assert.Equal(("p1_nodule-0", "p1"), (one.Name, one.Patient));
    }

    [Fact]
    public void Does_not_mix_with_what_is_there()
    {
        Directory.CreateDirectory(folder["full"]);
        File.WriteAllText(folder["full/mine"], "");

        Assert.Contains("is not empty", Assert.Throws<InvalidImageException>(() => Write(new("set", "test", [], [], []), folder["full"], DataSetLayout.Qubiq)).Message);
    }

    [Theory]
    [InlineData("""{"structures": ["a"], "raters": ["../../evil"]}""")]
    [InlineData("""{"structures": ["a"], "raters": ["b", "b"]}""")]
    [InlineData("""{"structures": ["a"], "raters": [null]}""")]
    [InlineData("""{"structures": ["a"]}""")]
    [InlineData("null")]
    [InlineData("what")]
    public void Refuses_a_broken_dataset_json(string json)
    {
        Write(new("set", "test", ["a"], ["b"], [Case("x", "x", null, Some.Volume())]), folder["set"], DataSetLayout.Qubiq);
        File.WriteAllText(folder["set/dataset.json"], json);

        Assert.Contains("dataset.json", SomeData.Refused(folder["set"]));
    }

    private static void Same(MultiRaterCase wanted, MultiRaterCase found)
    {
        var (image, again) = (wanted.Image(), found.Image());
        Assert.Equal(image.Samples, again.Samples);
        Assert.Equal((image.Channels, image.Grid.HasPatientSpace, image.Grid.Columns, image.Grid.Rows, image.Grid.Slices), (again.Channels, again.Grid.HasPatientSpace, again.Grid.Columns, again.Grid.Rows, again.Grid.Slices));
        Assert.True((image.Grid.ToPatient(4, 3, 2) - again.Grid.ToPatient(4, 3, 2)).Length < 1e-4);
        for (var s = 0; s < 2; s++)
            for (var r = 0; r < 3; r++)
                Assert.Equal(wanted.Masks()[s, r], found.Masks()[s, r]);
    }

    private static string Names(MultiRaterCase one) => $"{one.Name} of {one.Patient} in {one.Split}";

    private static void Write(MultiRaterDataSet data, string folder, DataSetLayout layout) =>
        DataSetWriter.Write(data, folder, layout, null, TestContext.Current.CancellationToken);

    /// <summary>The last rater never grades, the second left one structure out and finds nothing of the other.</summary>
    private static InMemory Case(string name, string patient, string? split, Volume image, bool graded = true)
    {
        var marked = Enumerable.Range(0, (int)image.Grid.Count).Select(i => (byte)(i % 3 == 0 ? 1 : 0)).ToArray();
        var masks = graded ? new byte[]?[][] { [marked, null, null], [marked, new byte[marked.Length], null] } : [[null, null, null], [null, null, null]];
        return new(image, new(image.Grid, masks)) { Name = name, Patient = patient, Split = split };
    }

    private sealed class InMemory(Volume image, RaterMasks masks) : MultiRaterCase
    {
        public override Volume ReadImage(CancellationToken cancellation) => image;

        public override RaterMasks ReadMasks(CancellationToken cancellation) => masks;
    }
}
