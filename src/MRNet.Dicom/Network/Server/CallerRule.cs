using System.Net;

namespace MRNet.Dicom.Network;

/// <summary>Who may call: an AE title, or * for any, at an address, or anywhere.</summary>
public sealed record CallerRule(string AeTitle, IPNetwork? Network)
{
    /// <summary>Reads <c>AETITLE</c>, <c>AETITLE@10.1.2.3</c>, <c>*@10.1.0.0/16</c>.</summary>
    /// <exception cref="FormatException">None of these.</exception>
    public static CallerRule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.LastIndexOf('@');
        var title = at < 0 ? text : text[..at];
        if (!DicomPeer.IsAeTitle(title))
            throw new FormatException($"'{text}' has no AE title of 1 to 16 characters; expected AETITLE@address or *@10.1.0.0/16.");
        if (at < 0)
            return new(title.Trim(), null);
        if (IPNetwork.TryParse(text[(at + 1)..], out var network))
            return new(title.Trim(), network);
        if (IPAddress.TryParse(text.AsSpan(at + 1), out var address))
            return new(title.Trim(), new IPNetwork(address, address.GetAddressBytes().Length * 8));
        throw new FormatException($"'{text}' has no address after the @; expected one like 10.1.2.3 or 10.1.0.0/16.");
    }

    public bool Admits(string title, IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return (AeTitle == "*" || AeTitle == title) && (Network is not { } network || network.Contains(address));
    }
}
