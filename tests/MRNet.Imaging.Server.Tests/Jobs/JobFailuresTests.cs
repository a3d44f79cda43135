using MRNet.Dicom;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Server.Jobs;

namespace MRNet.Imaging.Server.Tests.Jobs;

public sealed class JobFailuresTests
{
    /// <summary>The writer of DICOM names the file in its sentence; the caller, who cannot see the server's disk, is told the same as for any other file.</summary>
    [Fact]
    public void A_full_disk_is_told_alike_by_every_writer_and_names_no_path_of_the_server()
    {
        var dataset = new DicomDataset().Add(DicomTag.SOPClassUID, DicomUID.SegmentationStorage).Add(DicomTag.SOPInstanceUID, "2.25.1");
        var written = Assert.Throws<ResourceLimitException>(() => dataset.SaveAs("/dev/full/segmentation.dcm"));

        Assert.Contains("/dev/full", written.Message, StringComparison.Ordinal);
        Assert.Equal(JobFailures.Of(new IOException("No space left")), JobFailures.Of(written));
    }

    [Fact]
    public void A_limit_is_told_in_its_own_words() =>
        Assert.Equal(("LIMIT_REACHED", "too much"), (JobFailures.Of(new ResourceLimitException("too much")).Reason, JobFailures.Of(new ResourceLimitException("too much")).Message));
}
