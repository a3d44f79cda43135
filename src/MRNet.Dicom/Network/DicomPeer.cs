using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MRNet.Dicom.Network;

/// <summary>Where a DICOM application is and what it is called: <c>AETITLE@host:port</c>.</summary>
public sealed record DicomPeer(string AeTitle, string Host, int Port)
{
    private const int DefaultPort = 11112;

    /// <summary>Characters of an AE title: printable ASCII without backslash, 1 to 16, not only spaces (PS3.5 section 6.2).</summary>
    public static bool IsAeTitle(string title) =>
        title is { Length: >= 1 and <= 16 } && title.Trim(' ').Length > 0 && !title.AsSpan().ContainsAnyExceptInRange(' ', '~') && !title.Contains('\\');

    /// <summary>Reads <c>AETITLE@host:port</c>; without a port it is 11112. An IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, out DicomPeer? peer)
    {
        ArgumentNullException.ThrowIfNull(text);
        peer = null;
        var at = text.LastIndexOf('@');
        if (at < 0 || !IsAeTitle(text[..at]))
            return false;
        var place = text[(at + 1)..];
        var colon = place.LastIndexOf(':');
        var port = DefaultPort;
        if (colon > place.LastIndexOf(']'))
        {
            if (!int.TryParse(place.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535)
                return false;
            place = place[..colon];
        }

        place = place.Trim('[', ']');
        if (place.Length == 0 || place.Contains('/'))
            return false;
        peer = new(text[..at].Trim(' '), place, port);
        return true;
    }

    /// <summary>Where the host is, by its name or as it stands there.</summary>
    /// <exception cref="DicomNetworkException">The name is not known.</exception>
    public async Task<IReadOnlyList<IPAddress>> AddressesAsync(CancellationToken cancellation = default)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(Host, cancellation).ConfigureAwait(false);
        }
        catch (SocketException error)
        {
            throw new DicomNetworkException($"The host {Host} is not known: {error.Message}", isTransient: true, error);
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{AeTitle}@{(Host.Contains(':') ? $"[{Host}]" : Host)}:{Port}");
}
