namespace MRNet.Dicom.Network;

/// <summary>An archive as the user names it: <c>AETITLE@host:port</c> or the address of a DICOMweb server.</summary>
public sealed record PeerAddress(DicomPeer? Dicom, Uri? Web)
{
    public const string Syntax = "AETITLE@host:port, or a DICOMweb address such as https://pacs/dicom-web";

    /// <returns>Null for neither of the two.</returns>
    public static PeerAddress? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps))
            return uri.UserInfo.Length == 0 ? new(null, uri) : null; // no secrets on a command line or in a list of addresses
        return DicomPeer.TryParse(text, out var peer) ? new(peer, null) : null;
    }

    public override string ToString() => Dicom?.ToString() ?? Web!.AbsoluteUri.TrimEnd('/');
}
