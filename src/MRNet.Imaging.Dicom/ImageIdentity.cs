using System.Security.Cryptography;
using System.Text;

namespace MRNet.Imaging.Dicom;

/// <summary>Whose image it is, for images that come without DICOM. Also the content of <c>--identity file.json</c>.</summary>
public sealed record ImageIdentity
{
    public required string PatientId { get; init; }

    /// <summary>As DICOM writes names: family^given.</summary>
    public required string PatientName { get; init; }

    /// <summary>YYYYMMDD; empty for unknown.</summary>
    public string PatientBirthDate { get; init; } = "";

    /// <summary>M, F or O; empty for unknown.</summary>
    public string PatientSex { get; init; } = "";

    /// <summary>The study the series joins.</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>YYYYMMDD; empty for unknown.</summary>
    public string StudyDate { get; init; } = "";

    /// <summary>HHMMSS; empty for unknown.</summary>
    public string StudyTime { get; init; } = "";

    public string StudyId { get; init; } = "";

    public string AccessionNumber { get; init; } = "";

    public string ReferringPhysicianName { get; init; } = "";

    /// <summary>Null for a new one.</summary>
    public string? SeriesInstanceUid { get; init; }

    /// <summary>Null for a new one; the same for images of one patient space.</summary>
    public string? FrameOfReferenceUid { get; init; }

    public int SeriesNumber { get; init; } = 1;

    public string SeriesDescription { get; init; } = "";

    /// <summary>Nobody: a new study, PatientID ANON- and 12 hexadecimal digits, PatientName Anonymous.</summary>
    public static ImageIdentity Anonymous(Func<string> newUid)
    {
        ArgumentNullException.ThrowIfNull(newUid);
        var study = newUid();
        return new()
        {
            PatientId = "ANON-" + Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(study)))[..12],
            PatientName = "Anonymous",
            StudyInstanceUid = study,
        };
    }
}
