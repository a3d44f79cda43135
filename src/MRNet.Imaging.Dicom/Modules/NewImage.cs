using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>Patient, General Study and General Series Modules of an image that had no DICOM before.</summary>
internal sealed record NewIdentity(ImageIdentity Identity, string Modality, string SeriesUid, DateTimeOffset Now) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.PatientName, Identity.PatientName)
        .Add(DicomTag.PatientID, Identity.PatientId)
        .Add(DicomTag.PatientBirthDate, Identity.PatientBirthDate)
        .Add(DicomTag.PatientSex, Identity.PatientSex)
        .Add(DicomTag.StudyInstanceUID, Identity.StudyInstanceUid)
        .Add(DicomTag.StudyDate, Identity.StudyDate)
        .Add(DicomTag.StudyTime, Identity.StudyTime)
        .Add(DicomTag.ReferringPhysicianName, Identity.ReferringPhysicianName)
        .Add(DicomTag.StudyID, Identity.StudyId)
        .Add(DicomTag.AccessionNumber, Identity.AccessionNumber)
        .Add(DicomTag.Modality, Modality)
        .Add(DicomTag.SeriesInstanceUID, SeriesUid)
        .Add(DicomTag.SeriesNumber, Identity.SeriesNumber)
        .Add(DicomTag.SeriesDescription, Text.Fit(Identity.SeriesDescription, 64))
        .Add(DicomTag.SeriesDate, Moment.Date(Now))
        .Add(DicomTag.SeriesTime, Moment.Time(Now));
}

/// <summary>General Image Module, PS3.3 C.7.6.1, of an image that was converted.</summary>
internal sealed record ConvertedImage(int InstanceNumber, IReadOnlyList<string> ImageType, DateTimeOffset Now) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.ImageType, [.. ImageType])
        .Add(DicomTag.InstanceNumber, InstanceNumber)
        .Add(DicomTag.ContentDate, Moment.Date(Now))
        .Add(DicomTag.ContentTime, Moment.Time(Now))
        .Add(DicomTag.BurnedInAnnotation, "NO")
        .Add(DicomTag.LossyImageCompression, "00");
}

/// <summary>Image Plane Module, PS3.3 C.7.6.2: a slice of a grid. The numbers fit DS, 16 characters.</summary>
internal sealed record ImagePlane(Grid Grid, int Slice) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        var (x, y, origin) = (Grid.DirectionX, Grid.DirectionY, Grid.ToPatient(0, 0, Slice));
        dataset
            .Add(DicomTag.PixelSpacing, Grid.SpacingMm.Y, Grid.SpacingMm.X)
            .Add(DicomTag.ImageOrientationPatient, x.X, x.Y, x.Z, y.X, y.Y, y.Z)
            .Add(DicomTag.ImagePositionPatient, origin.X, origin.Y, origin.Z)
            .Add(DicomTag.SliceThickness, Grid.SpacingMm.Z)
            .Add(DicomTag.SpacingBetweenSlices, Grid.SpacingMm.Z);
    }
}

/// <summary>CT Image Module, PS3.3 C.8.2.1, for its attributes beyond the pixels: nothing is known of the scan.</summary>
internal sealed record CtImage : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.KVP)
        .Add(DicomTag.AcquisitionNumber)
        .Add(DicomTag.RescaleType, "HU");
}

/// <summary>MR Image Module, PS3.3 C.8.3.1: nothing is known of the scan, so RM (research mode) and empty values.</summary>
internal sealed record MrImage : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .Add(DicomTag.ScanningSequence, "RM")
        .Add(DicomTag.SequenceVariant, "NONE")
        .Add(DicomTag.ScanOptions)
        .Add(DicomTag.MRAcquisitionType)
        .Add(DicomTag.RepetitionTime)
        .Add(DicomTag.EchoTime)
        .Add(DicomTag.EchoTrainLength);
}

/// <summary>Image Pixel Module, PS3.3 C.7.6.3.</summary>
internal sealed record ImagePixel(Grid Grid, int Channels, int Bits, bool IsSigned, byte[] Pixels) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        dataset
            .Add(DicomTag.SamplesPerPixel, Channels)
            .Add(DicomTag.PhotometricInterpretation, Channels == 3 ? "RGB" : "MONOCHROME2")
            .Add(DicomTag.Rows, Grid.Rows)
            .Add(DicomTag.Columns, Grid.Columns)
            .Add(DicomTag.BitsAllocated, Bits)
            .Add(DicomTag.BitsStored, Bits)
            .Add(DicomTag.HighBit, Bits - 1)
            .Add(DicomTag.PixelRepresentation, IsSigned ? 1 : 0);
        if (Channels == 3)
            dataset.Add(DicomTag.PlanarConfiguration, 0);
        dataset.Add(DicomTag.PixelData, new ReadOnlyMemory<byte>(Pixels));
    }
}

/// <summary>What Ophthalmic Photography 8 Bit (PS3.3 A.41) asks for beyond a picture: mostly that it is not known.</summary>
internal sealed record OphthalmicPhotograph(string Side, string SynchronizationUid, DateTimeOffset Now) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        dataset
            .Add(DicomTag.SynchronizationFrameOfReferenceUID, SynchronizationUid)
            .Add(DicomTag.SynchronizationTrigger, "NO TRIGGER")
            .Add(DicomTag.AcquisitionTimeSynchronized, "N")
            .Add(DicomTag.NumberOfFrames, 1)
            .Add(DicomTag.FrameIncrementPointer, DicomTag.FrameTime)
            .Add(DicomTag.FrameTime, 0)
            .Add(DicomTag.ImageLaterality, Side)
            .Add(DicomTag.AnatomicRegionSequence, Code.Item(new("5665001", "SCT", "Retina")))
            .Add(DicomTag.AcquisitionDateTime, Moment.DateTime(Now))
            .Add(DicomTag.PatientEyeMovementCommanded)
            .Add(DicomTag.RefractiveStateSequence)
            .Add(DicomTag.EmmetropicMagnification)
            .Add(DicomTag.IntraOcularPressure)
            .Add(DicomTag.HorizontalFieldOfView)
            .Add(DicomTag.PupilDilated)
            .Add(DicomTag.AcquisitionDeviceTypeCodeSequence, Code.Item(new("409898007", "SCT", "Fundus Camera")))
            .Add(DicomTag.IlluminationTypeCodeSequence)
            .Add(DicomTag.LightPathFilterTypeStackCodeSequence)
            .Add(DicomTag.ImagePathFilterTypeStackCodeSequence)
            .Add(DicomTag.LensesCodeSequence)
            .Add(DicomTag.DetectorType);
        if (dataset.GetSingleValueOrDefault(DicomTag.SamplesPerPixel, 1) == 1)
            dataset.Add(DicomTag.PresentationLUTShape, "IDENTITY");
    }
}
