using System.Globalization;
using System.Xml.Linq;

namespace MRNet.Imaging.Server.Audit;

/// <summary>A code of PS3.16, scheme DCM.</summary>
internal sealed record AuditCode(string Value, string Meaning)
{
    public static readonly AuditCode ApplicationActivity = new("110100", "Application Activity");
    public static readonly AuditCode InstancesAccessed = new("110103", "DICOM Instances Accessed");
    public static readonly AuditCode InstancesTransferred = new("110104", "DICOM Instances Transferred");
    public static readonly AuditCode Export = new("110106", "Export");
    public static readonly AuditCode Import = new("110107", "Import");
    public static readonly AuditCode SecurityAlert = new("110113", "Security Alert");
    public static readonly AuditCode UserAuthentication = new("110114", "User Authentication");

    public static readonly AuditCode ApplicationStart = new("110120", "Application Start");
    public static readonly AuditCode ApplicationStop = new("110121", "Application Stop");
    public static readonly AuditCode Login = new("110122", "Login");
    public static readonly AuditCode NodeAuthentication = new("110126", "Node Authentication");
    public static readonly AuditCode SecurityConfiguration = new("110129", "Security Configuration");
    public static readonly AuditCode RestrictedFunction = new("110132", "Use of Restricted Function");
    public static readonly AuditCode UserAttributesChanged = new("110137", "User Security Attributes Changed");

    public static readonly AuditCode Application = new("110150", "Application");
    public static readonly AuditCode Source = new("110153", "Source Role ID");
    public static readonly AuditCode Destination = new("110152", "Destination Role ID");

    public XElement As(string element) => new(element, new XAttribute("csd-code", Value), new XAttribute("codeSystemName", "DCM"), new XAttribute("originalText", Meaning));
}

/// <summary>How an event ended, RFC 3881's numbers.</summary>
internal enum AuditOutcome
{
    Success = 0,
    MinorFailure = 4,
    SeriousFailure = 8,
}

/// <summary>Who took part in an event.</summary>
/// <param name="UserId">The account; empty where there are none, and the address stands for it.</param>
/// <param name="Address">Of the network; empty for this server.</param>
internal sealed record AuditParticipant(string UserId, string Name, string Address, bool IsRequestor, AuditCode? Role = null)
{
    public XElement ToXml() => new("ActiveParticipant",
        new XAttribute("UserID", UserId.Length > 0 ? UserId : Address.Length > 0 ? Address : "unknown"),
        Name.Length > 0 ? new XAttribute("UserName", Name) : null,
        new XAttribute("UserIsRequestor", IsRequestor ? "true" : "false"),
        Address.Length > 0 ? [new XAttribute("NetworkAccessPointID", Address), new XAttribute("NetworkAccessPointTypeCode", "2")] : Array.Empty<XAttribute>(),
        Role?.As("RoleIDCode"));
}

/// <summary>What an event was about.</summary>
/// <param name="TypeCode">1 person, 2 system object.</param>
/// <param name="RoleCode">3 report, 11 security user entity, 13 security resource, 20 job.</param>
/// <param name="Kind">What the id is, in our words.</param>
internal sealed record AuditObject(string Id, int TypeCode, int RoleCode, string Kind)
{
    /// <summary>A job, a session or an upload.</summary>
    public static AuditObject Job(string id, string kind = "job") => new(id, 2, 20, kind);

    /// <param name="hash">Of its UID.</param>
    public static AuditObject Study(string hash) => new(hash, 2, 3, "study, keyed hash");

    /// <summary>Key, certificate, address, call.</summary>
    public static AuditObject Security(string id, string kind) => new(id, 2, 13, kind);

    public XElement ToXml() => new("ParticipantObjectIdentification",
        new XAttribute("ParticipantObjectID", Id),
        new XAttribute("ParticipantObjectTypeCode", TypeCode),
        new XAttribute("ParticipantObjectTypeCodeRole", RoleCode),
        new XElement("ParticipantObjectIDTypeCode", new XAttribute("csd-code", Kind), new XAttribute("codeSystemName", "99MRNET"), new XAttribute("originalText", Kind)),
        new XElement("ParticipantObjectName", Kind));
}

/// <summary>One event, as PS3.15 A.5 says it.</summary>
/// <param name="Action">C create, R read, U update, D delete, E execute.</param>
internal sealed record AuditMessage(
    AuditCode Event, AuditCode? Type, char Action, AuditOutcome Outcome, IReadOnlyList<AuditParticipant> Participants, IReadOnlyList<AuditObject> Objects)
{
    /// <summary>XML without a line break.</summary>
    public string ToXml(DateTimeOffset at, string source) => new XElement("AuditMessage",
        new XElement("EventIdentification",
            new XAttribute("EventActionCode", Action),
            new XAttribute("EventDateTime", at.ToString("yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture)),
            new XAttribute("EventOutcomeIndicator", (int)Outcome),
            Event.As("EventID"),
            Type?.As("EventTypeCode")),
        Participants.Select(participant => participant.ToXml()),
        new XElement("AuditSourceIdentification", new XAttribute("AuditSourceID", source)),
        Objects.Select(one => one.ToXml())).ToString(SaveOptions.DisableFormatting);
}
