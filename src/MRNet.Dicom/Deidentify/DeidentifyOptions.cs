namespace MRNet.Dicom;

/// <summary>What stays of an object beyond the Basic Profile, PS3.15 E.3.</summary>
public sealed record DeidentifyOptions
{
    /// <summary>Secret of the run: the same key gives the same pseudonyms, UIDs and shifts. At least 16 bytes.</summary>
    public required byte[] Key { get; init; }

    /// <summary>Dates stay, moved back by one number of days for each patient (Retain Longitudinal Temporal Information Modified Dates).</summary>
    public bool RetainDates { get; init; }

    /// <summary>UIDs stay.</summary>
    public bool RetainUids { get; init; }

    /// <summary>Station and serial numbers stay.</summary>
    public bool RetainDevice { get; init; }

    /// <summary>Descriptions stay without the words that stand in a name or identifier of the object and without longer numbers. Nobody can promise that nothing is left: look through them.</summary>
    public bool CleanDescriptors { get; init; }
}
