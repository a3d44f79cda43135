using System.Globalization;
using System.Xml.Linq;

namespace MRNet.Imaging.Server.Tests.Audit;

/// <summary>The rules of the audit message schema (PS3.15 A.5.1), for the parts of it that this server writes: elements in their order, attributes, their values.</summary>
internal static class AuditSchema
{
    private static readonly string[] Code = ["csd-code", "codeSystemName", "originalText", "displayName?"];

    /// <summary>What the message breaks; nothing when it is valid.</summary>
    public static List<string> FaultsOf(XElement message)
    {
        var faults = new List<string>();
        Element(message, "AuditMessage", [], ["EventIdentification", "ActiveParticipant+", "AuditSourceIdentification", "ParticipantObjectIdentification*"]);
        foreach (var part in message.Elements())
            switch (part.Name.LocalName)
            {
                case "EventIdentification":
                    Element(part, part.Name.LocalName, ["EventActionCode?", "EventDateTime", "EventOutcomeIndicator"], ["EventID", "EventTypeCode*", "EventOutcomeDescription?"]);
                    Value(part, "EventActionCode", value => "CRUDE".Contains(value) && value.Length == 1);
                    Value(part, "EventOutcomeIndicator", value => value is "0" or "4" or "8" or "12");
                    Value(part, "EventDateTime", value => DateTimeOffset.TryParseExact(value, "yyyy-MM-dd'T'HH:mm:ss.fffK", CultureInfo.InvariantCulture, DateTimeStyles.None, out _));
                    Codes(part.Elements());
                    break;
                case "ActiveParticipant":
                    Element(part, part.Name.LocalName, ["UserID", "AlternativeUserID?", "UserName?", "UserIsRequestor", "NetworkAccessPointID?", "NetworkAccessPointTypeCode?"], ["RoleIDCode*", "MediaIdentifier?"]);
                    Value(part, "UserID", value => value.Length > 0);
                    Value(part, "UserIsRequestor", value => value is "true" or "false");
                    Value(part, "NetworkAccessPointTypeCode", value => IsBetween(value, 1, 5));
                    Codes(part.Elements());
                    break;
                case "AuditSourceIdentification":
                    Element(part, part.Name.LocalName, ["AuditEnterpriseSiteID?", "AuditSourceID"], ["AuditSourceTypeCode*"]);
                    Value(part, "AuditSourceID", value => value.Length > 0);
                    break;
                default:
                    Element(
                        part, part.Name.LocalName,
                        ["ParticipantObjectID", "ParticipantObjectTypeCode?", "ParticipantObjectTypeCodeRole?", "ParticipantObjectDataLifeCycle?", "ParticipantObjectSensitivity?"],
                        ["ParticipantObjectIDTypeCode", "ParticipantObjectName", "ParticipantObjectDetail*", "ParticipantObjectDescription*"]);
                    Value(part, "ParticipantObjectID", value => value.Length > 0);
                    Value(part, "ParticipantObjectTypeCode", value => IsBetween(value, 1, 4));
                    Value(part, "ParticipantObjectTypeCodeRole", value => IsBetween(value, 1, 26));
                    Codes(part.Elements("ParticipantObjectIDTypeCode"));
                    break;
            }

        return faults;

        void Codes(IEnumerable<XElement> elements)
        {
            foreach (var code in elements)
                Element(code, code.Name.LocalName, Code, []);
        }

        void Value(XElement element, string name, Func<string, bool> isRight)
        {
            if (element.Attribute(name)?.Value is { } value && !isRight(value))
                faults.Add($"{element.Name}: {name} is '{value}'");
        }

        void Element(XElement element, string name, string[] attributes, string[] children)
        {
            if (element.Name != name)
                faults.Add($"{element.Name} where {name} belongs");
            var known = attributes.Select(attribute => attribute.TrimEnd('?')).ToHashSet();
            faults.AddRange(element.Attributes().Where(attribute => !known.Contains(attribute.Name.ToString())).Select(attribute => $"{name}: unknown attribute {attribute.Name}"));
            faults.AddRange(attributes.Where(attribute => !attribute.EndsWith('?') && element.Attribute(attribute) is null).Select(attribute => $"{name}: no {attribute}"));
            var left = new Queue<string>(element.Elements().Select(child => child.Name.ToString()));
            foreach (var child in children)
            {
                var (plain, count) = (child.TrimEnd('?', '*', '+'), 0);
                for (; left.TryPeek(out var next) && next == plain; count++)
                    left.Dequeue();
                if ((count == 0 && !child.EndsWith('?') && !child.EndsWith('*')) || (count > 1 && !child.EndsWith('*') && !child.EndsWith('+')))
                    faults.Add($"{name}: {count} {plain}");
            }

            faults.AddRange(left.Select(child => $"{name}: {child} out of place"));
        }
    }

    private static bool IsBetween(string value, int low, int high) => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= low && number <= high;
}
