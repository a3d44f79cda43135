using MRNet.Dicom;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>One DICOM file of the index.</summary>
/// <param name="Header">Attributes that searches ask for; nothing large.</param>
internal sealed record IndexedInstance(string Path, long Bytes, DateTime Written, string Study, string Series, string Sop, DicomDataset Header)
{
    private static readonly DicomTag[] Kept =
    [
        DicomTag.SpecificCharacterSet, DicomTag.SOPClassUID, DicomTag.SOPInstanceUID, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber,
        DicomTag.Modality, DicomTag.ReferringPhysicianName, DicomTag.StudyDescription, DicomTag.SeriesDescription, DicomTag.SeriesDate, DicomTag.SeriesTime,
        DicomTag.PatientName, DicomTag.PatientID, DicomTag.PatientBirthDate, DicomTag.PatientSex, DicomTag.StudyInstanceUID, DicomTag.SeriesInstanceUID,
        DicomTag.StudyID, DicomTag.SeriesNumber, DicomTag.InstanceNumber, DicomTag.NumberOfFrames, DicomTag.Rows, DicomTag.Columns, DicomTag.BitsAllocated,
    ];

    /// <summary>Of a file that has the three UIDs; null for any other.</summary>
    public static IndexedInstance? Read(string path, long bytes, DateTime written)
    {
        if (!DicomFile.HasValidHeader(path))
            return null;
        var dataset = DicomFile.Open(path, new DicomReadOptions { StopBefore = DicomTag.PixelData }).Dataset;
        var header = new DicomDataset();
        dataset.CopyTo(header, Kept);
        var (study, series, sop) = (header.GetStringOrEmpty(DicomTag.StudyInstanceUID), header.GetStringOrEmpty(DicomTag.SeriesInstanceUID), header.GetStringOrEmpty(DicomTag.SOPInstanceUID));
        return study.Length == 0 || series.Length == 0 || sop.Length == 0 ? null : new(path, bytes, written, study, series, sop, header);
    }
}
