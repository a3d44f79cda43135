using MRNet.Imaging.Training;

namespace MRNet.Imaging.Torch.Tests.Training;

public sealed class PatientSplitTests
{
    [Fact]
    public void A_patient_is_never_parted()
    {
        var split = new PatientSplit();
        var data = Some.Discs(patients: 40, slicesEach: 3);

        var parts = Enum.GetValues<SplitPart>().Select(part => data.Where(slice => split.Of(slice.Patient) == part)).ToArray();

        Assert.Equal(120, parts.Sum(part => part.Slices.Count));
        Assert.Equal(40, parts.Sum(part => part.Patients));
    }

    [Fact]
    public void The_split_stays_as_it_is() // a model's test score is worth nothing once its patients move into training
    {
        var parts = Enumerable.Range(1, 12).Select(i => new PatientSplit(Seed: 1).Of($"LIDC-IDRI-{i:0000}").ToString()[..2]);

        Assert.Equal("Te Va Tr Va Tr Tr Tr Te Tr Tr Tr Tr", string.Join(' ', parts));
    }

    [Fact]
    public void The_shares_are_those_asked_for()
    {
        var split = new PatientSplit(Seed: 3, ValidationShare: 0.2, TestShare: 0.3);
        var parts = Enumerable.Range(0, 4000).Select(i => split.Of($"p{i}")).ToArray();

        Assert.Equal(0.3, parts.Count(part => part == SplitPart.Test) / 4000.0, 0.03);
        Assert.Equal(0.2, parts.Count(part => part == SplitPart.Validation) / 4000.0, 0.03);
    }

    [Fact]
    public void Another_seed_is_another_split() =>
        Assert.NotEqual(Parts(seed: 1), Parts(seed: 2));

    [Theory]
    [InlineData("Training", SplitPart.Training), InlineData("Validation", SplitPart.Validation), InlineData("Testing", SplitPart.Test)]
    public void Folders_decide_where_a_data_set_has_them(string folder, SplitPart part) =>
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(part, new PatientSplit().Of($"p{i}", folder)));

    [Fact]
    public void Unless_they_are_to_be_left_out_of_account() =>
        Assert.Equal(Parts(seed: 1), Enumerable.Range(0, 100).Select(i => new PatientSplit(1, ByFolders: false).Of($"p{i}", "Training")));

    [Fact]
    public void Where_no_folder_is_for_validation_patients_of_the_training_are_taken_and_none_of_the_test()
    {
        var of = new PatientSplit(ValidationShare: 0.3).For(["Training", "Testing"]);

        var training = Enumerable.Range(0, 200).Select(i => of($"p{i}", "Training")).ToArray();

        Assert.Equal([SplitPart.Training, SplitPart.Validation], training.Distinct().Order());
        Assert.Equal(0.3, training.Count(part => part == SplitPart.Validation) / 200.0, 0.1);
        Assert.All(Enumerable.Range(0, 50), i => Assert.Equal(SplitPart.Test, of($"p{i}", "Testing")));
    }

    private static SplitPart[] Parts(int seed) => [.. Enumerable.Range(0, 100).Select(i => new PatientSplit(seed).Of($"p{i}"))];
}
