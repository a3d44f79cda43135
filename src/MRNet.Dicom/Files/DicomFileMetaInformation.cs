namespace MRNet.Dicom;

/// <summary>Group 0002 of a Part 10 file, PS3.10 section 7.1.</summary>
public sealed class DicomFileMetaInformation(DicomDataset dataset)
{
    /// <summary>A fixed 2.25 UID: this library, whatever its version.</summary>
    public static DicomUID ImplementationClass { get; } = new("2.25.193847562019384756201938475620193847561");

    public const string ImplementationVersion = "MRNET_DICOM_1";

    /// <summary>The attributes of group 0002.</summary>
    public DicomDataset Dataset { get; } = dataset;

    /// <exception cref="DicomValueException">Absent or not a UID.</exception>
    public DicomTransferSyntax TransferSyntax => DicomTransferSyntax.Parse(Dataset.GetString(DicomTag.TransferSyntaxUID));

    public string MediaStorageSOPClassUID => Dataset.GetStringOrEmpty(DicomTag.MediaStorageSOPClassUID);

    public string MediaStorageSOPInstanceUID => Dataset.GetStringOrEmpty(DicomTag.MediaStorageSOPInstanceUID);

    /// <summary>What is written: our implementation, the syntax, and the object's own UIDs.</summary>
    internal DicomDataset ForWriting(DicomDataset dataset, DicomTransferSyntax syntax)
    {
        var meta = new DicomDataset();
        foreach (var item in Dataset)
        {
            if (item.Tag is { Group: 2, Element: not 0 } && item.VR != DicomVR.SQ)
                meta.Add(item);
        }

        foreach (var (from, to) in new[] { (DicomTag.SOPClassUID, DicomTag.MediaStorageSOPClassUID), (DicomTag.SOPInstanceUID, DicomTag.MediaStorageSOPInstanceUID) })
        {
            if (dataset.TryGetItem<DicomElement>(from, out var uid))
                meta.AddOrUpdate(new DicomElement(to, DicomVR.UI, uid.Bytes));
        }

        return meta
            .AddOrUpdate(DicomTag.FileMetaInformationVersion, new byte[] { 0, 1 })
            .AddOrUpdate(DicomTag.TransferSyntaxUID, syntax.UID)
            .AddOrUpdate(DicomTag.ImplementationClassUID, ImplementationClass)
            .AddOrUpdate(DicomTag.ImplementationVersionName, ImplementationVersion);
    }
}
