namespace MRNet.Dicom.Tests;

public class DicomDirectoryTests
{
    [Theory]
    [InlineData("DICOMDIR", 2)]
    [InlineData("DICOMDIR-bigEnd", 2)]
    [InlineData("DICOMDIR-implicit", 2)]
    [InlineData("DICOMDIR-reordered", 2)]
    [InlineData("DICOMDIR-nooffset", 2)]
    [InlineData("DICOMDIR-nopatient", null)]
    public void Every_record_is_found_once_and_in_its_place(string file, int? patients)
    {
        var roots = DicomDirectory.Read(Shared.Open("dicomdir/" + file, new() { Tolerant = true }));

        var all = roots.SelectMany(root => root.All).ToArray();
        Assert.Equal(52, all.Length);
        Assert.Equal(31, all.Count(record => record.Type == "IMAGE" && record.Path.Count > 0));
        Assert.All(all.Where(record => record.Type == "SERIES"), series => Assert.All(series.Lower, image => Assert.NotEqual("SERIES", image.Type)));
        if (patients is { } count)
            Assert.Equal((count, true), (roots.Count, roots.All(root => root.Type == "PATIENT")));
    }

    [Fact]
    public void Records_that_point_in_a_circle_end()
    {
        var first = new DicomDataset().Add(DicomTag.OffsetOfTheNextDirectoryRecord, 0u).Add(DicomTag.OffsetOfReferencedLowerLevelDirectoryEntity, 0u).Add(DicomTag.DirectoryRecordType, "PATIENT");
        var dataset = new DicomDataset().Add(DicomTag.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, 0u).Add(DicomTag.DirectoryRecordSequence, first);
        var at = (uint)Some.Again(dataset).Dataset.GetSequence(DicomTag.DirectoryRecordSequence).Items[0].Offset;
        first.AddOrUpdate(DicomTag.OffsetOfTheNextDirectoryRecord, at).AddOrUpdate(DicomTag.OffsetOfReferencedLowerLevelDirectoryEntity, at);
        dataset.AddOrUpdate(DicomTag.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity, at);

        Assert.Single(DicomDirectory.Read(Some.Again(dataset)));
    }

    [Fact]
    public void An_image_is_no_directory() => Assert.Throws<DicomValueException>(() => DicomDirectory.Read(Shared.Open("codecs/CT_small.dcm")));
}
