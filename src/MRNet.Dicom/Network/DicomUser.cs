namespace MRNet.Dicom.Network;

/// <summary>Who asks, PS3.7 annex D.3.3.7: a name, with a passcode if the peer wants one. Sent in clear: use TLS.</summary>
public sealed record DicomUser(string Name, string? Passcode = null)
{
    internal void Write(ItemWriter item) => _ = item
        .Byte(Passcode is null ? (byte)1 : (byte)2).Byte(0)
        .UInt16(Name.Length).Text(Name)
        .UInt16(Passcode?.Length ?? 0).Text(Passcode ?? "");

    internal static DicomUser? Read(ItemReader item)
    {
        var type = item.Byte();
        item.Skip(1);
        var name = item.Text(item.UInt16());
        var passcode = item.Text(item.UInt16());
        return type is 1 or 2 ? new(name, type == 2 ? passcode : null) : null; // Kerberos, SAML and tokens are not read
    }

    public override string ToString() => $"user {Name}";
}
