using MRNet.Dicom;

namespace MRNet.Imaging.Dicom.Modules;

/// <summary>Patient Module, PS3.3 C.7.1.1, and what says that the patient was made unknown: as the source has them, to the byte.</summary>
internal sealed record Patient(DicomDataset Source) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset
        .CopyOrEmpty(Source, DicomTag.PatientName, DicomTag.PatientID, DicomTag.PatientBirthDate, DicomTag.PatientSex)
        .CopyPresent(
            Source,
            DicomTag.IssuerOfPatientID, DicomTag.OtherPatientIDsSequence, DicomTag.QualityControlSubject,
            DicomTag.PatientSpeciesDescription, DicomTag.PatientSpeciesCodeSequence, DicomTag.PatientBreedDescription, DicomTag.PatientBreedCodeSequence,
            DicomTag.BreedRegistrationSequence, DicomTag.ResponsiblePerson, DicomTag.ResponsiblePersonRole, DicomTag.ResponsibleOrganization,
            DicomTag.PatientIdentityRemoved, DicomTag.DeidentificationMethod, DicomTag.DeidentificationMethodCodeSequence,
            DicomTag.LongitudinalTemporalInformationModified);
}

/// <summary>Clinical Trial Subject and Study Modules, PS3.3 C.7.1.3 and C.7.2.3.</summary>
internal sealed record ClinicalTrial(DicomDataset Source) : IModule
{
    public void AddTo(DicomDataset dataset) => dataset.CopyPresent(
        Source,
        DicomTag.ClinicalTrialSponsorName, DicomTag.ClinicalTrialProtocolID, DicomTag.ClinicalTrialProtocolName, DicomTag.ClinicalTrialSiteID,
        DicomTag.ClinicalTrialSiteName, DicomTag.ClinicalTrialSubjectID, DicomTag.ClinicalTrialSubjectReadingID,
        DicomTag.ClinicalTrialProtocolEthicsCommitteeName, DicomTag.ClinicalTrialProtocolEthicsCommitteeApprovalNumber,
        DicomTag.ClinicalTrialTimePointID, DicomTag.ClinicalTrialTimePointDescription);
}

/// <summary>General Study and Patient Study Modules, PS3.3 C.7.2.1 and C.7.2.2.</summary>
internal sealed record Study(DicomDataset Source) : IModule
{
    public void AddTo(DicomDataset dataset)
    {
        dataset
            .CopyRequired(Source, DicomTag.StudyInstanceUID)
            .CopyOrEmpty(Source, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.ReferringPhysicianName, DicomTag.StudyID, DicomTag.AccessionNumber)
            .CopyPresent(
                Source,
                DicomTag.StudyDescription, DicomTag.ProcedureCodeSequence, DicomTag.IssuerOfAccessionNumberSequence,
                DicomTag.PatientSize, DicomTag.PatientWeight);
        // Ages like "24" are seen in the field; what may be left out is not worth an invalid object.
        if (Source.GetStringOrEmpty(DicomTag.PatientAge) is [_, _, _, 'D' or 'W' or 'M' or 'Y'])
            dataset.CopyPresent(Source, DicomTag.PatientAge);
    }
}
