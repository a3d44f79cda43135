namespace MRNet.Dicom.Network;

/// <summary>SOP classes of the Storage Service Class, PS3.4 annex B.5, as the dictionary knows them.</summary>
public static class StorageClasses
{
    private const string Root = "1.2.840.10008.5.1.4.";

    /// <summary>Images that are segmented: what is asked for when a peer does not say what it has.</summary>
    internal static IReadOnlyList<string> Images { get; } =
    [
        DicomUID.CTImageStorage.UID,
        DicomUID.EnhancedCTImageStorage.UID,
        DicomUID.MRImageStorage.UID,
        DicomUID.EnhancedMRImageStorage.UID,
        DicomUID.OphthalmicPhotography8BitImageStorage.UID,
        DicomUID.VLPhotographicImageStorage.UID,
        DicomUID.SecondaryCaptureImageStorage.UID,
        DicomUID.PositronEmissionTomographyImageStorage.UID,
        DicomUID.SegmentationStorage.UID,
        DicomUID.ParametricMapStorage.UID,
    ];

    /// <summary>True of a standard class whose instances are stored; Label Map Segmentation (…66.7) is one.</summary>
    public static bool IsKnown(string uid) =>
        uid is not null && uid.StartsWith(Root, StringComparison.Ordinal) && DicomDictionary.UidName(uid)?.Contains("Storage", StringComparison.Ordinal) == true;
}
