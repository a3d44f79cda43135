namespace MRNet.Imaging.Server.Receiving;

/// <summary>What a DICOM node does with what it is sent: the routes file. deploy/routes.json is one with every setting.</summary>
public sealed record Routes
{
    /// <summary>Our title; callers that ask for another are refused, unless a rule has it as its calledAe.</summary>
    public string AeTitle { get; init; } = "MRNET";

    /// <summary>Who may call: AETITLE@address or AETITLE@network; null: every program of this computer.</summary>
    public IReadOnlyList<string>? Callers { get; init; }

    /// <summary>Certificates, for TLS only; null: plain connections only.</summary>
    public RoutesTls? Tls { get; init; }

    /// <summary>Seconds without another image, and without an open association of its sender, after which a series is complete.</summary>
    public double QuietSeconds { get; init; } = 10;

    /// <summary>Hours that a series is kept which no rule wants: a start with better rules takes it.</summary>
    public double KeepUnmatchedHours { get; init; } = 24;

    /// <summary>Looked at in order; the first that fits takes the series.</summary>
    public required IReadOnlyList<Rule> Rules { get; init; }
}

/// <param name="Certificate">Ours, PEM.</param>
/// <param name="Key">Its private key, PEM.</param>
/// <param name="Authority">Who may sign the callers' certificates, PEM; null: callers need none.</param>
public sealed record RoutesTls(string Certificate, string Key, string? Authority = null);

/// <summary>Which series, what is computed of it, and where that goes.</summary>
public sealed record Rule
{
    /// <summary>For messages.</summary>
    public string Name { get; init; } = "";

    /// <summary>Modality of the series: CT, MR, OP.</summary>
    public required string Modality { get; init; }

    /// <summary>Regular expression that Series Description must match somewhere; null: any.</summary>
    public string? Description { get; init; }

    /// <summary>Body Part Examined; null: any.</summary>
    public string? BodyPart { get; init; }

    /// <summary>The title the sender called; null: any.</summary>
    public string? CalledAe { get; init; }

    /// <summary>The sender's own title; null: any.</summary>
    public string? CallingAe { get; init; }

    /// <summary>The series is complete as soon as the sender has released its association.</summary>
    public bool CompleteOnRelease { get; init; }

    /// <summary>Id of the model.</summary>
    public required string Model { get; init; }

    /// <summary>How much each rater counts; none: the model's default.</summary>
    public IReadOnlyList<float> Weights { get; init; } = [];

    /// <summary>A voxel is inside at or above this probability; 0: the model's.</summary>
    public float Threshold { get; init; }

    /// <summary>Where to look, as <c>mrnet segment --region</c> takes it: "at:310,205,87,128,128,20"; null: the whole image, or what the model finds.</summary>
    public string? Region { get; init; }

    /// <summary>DICOM objects to make, as on the wire: DICOM_SEG, DICOM_PARAMETRIC_MAP, DICOM_SR, ...</summary>
    public IReadOnlyList<string> Outputs { get; init; } = ["DICOM_SEG", "DICOM_PARAMETRIC_MAP"];

    /// <summary>Names of the archives that get them.</summary>
    public required IReadOnlyList<string> Send { get; init; }
}
