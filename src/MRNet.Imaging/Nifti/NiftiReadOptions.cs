namespace MRNet.Imaging.Nifti;

/// <summary>What a NIfTI file cannot say of itself.</summary>
public sealed record NiftiReadOptions
{
    /// <summary>Which volume of a 4-D (or 5-D) file, from 0. Without it such a file is refused.</summary>
    public int? VolumeIndex { get; init; }

    /// <summary>The volumes of a 4-D (or 5-D) file are channels of one image: MR sequences, red-green-blue.</summary>
    public bool VolumesAreChannels { get; init; }

    /// <summary>The third axis is channels, not slices: (x, y, 4) of the QUBIQ brain tumours. Never guessed.</summary>
    public bool SlicesAreChannels { get; init; }

    /// <summary>The modality as DICOM writes it (CT, MR); NIfTI has no field for it.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Samples that are read at most; each takes 4 bytes of memory.</summary>
    public long MaxSamples { get; init; } = 1L << 30;
}
