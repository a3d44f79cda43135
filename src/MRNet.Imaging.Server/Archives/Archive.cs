using System.Net.Http.Headers;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Archives;

/// <summary>One archive that the administrator named, and how it is spoken to.</summary>
public sealed class Archive
{
    private readonly PacsOptions options;
    private readonly PeerAddress address;

    /// <exception cref="WrongSettingException">A setting that does not fit, or a file that cannot be read.</exception>
    public Archive(string name, PacsOptions options)
    {
        (Name, this.options) = (name, options);
        if (name == ArchiveList.Viewer || name.Length is 0 or > 64 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-'))
            throw new WrongSettingException($"Pacs has the name '{name}'; expected letters, digits and . _ -, and not '{ArchiveList.Viewer}', which is the server's own viewer.");
        address = PeerAddress.Parse(options.Address) ?? throw new WrongSettingException($"Pacs:{name}:Address is '{options.Address}'; expected {PeerAddress.Syntax}.");
        if (!DicomPeer.IsAeTitle(options.CallingAe))
            throw new WrongSettingException($"Pacs:{name}:CallingAe is '{options.CallingAe}'; expected 1 to 16 printable characters without backslash.");
        try
        {
            Tls?.Check();
            if (address.Web is not null)
                Web().Dispose();
        }
        catch (DicomException error)
        {
            throw new WrongSettingException($"Pacs:{name}: {error.Message}", error);
        }
    }

    public string Name { get; }

    /// <summary>True of a DICOMweb service: images can be fetched from it.</summary>
    public bool IsWeb => address.Web is not null;

    private TlsSettings? Tls => (options.TlsAuthority, options.TlsCertificate, options.TlsKey) is (null, null, null) && !options.Tls
        ? null
        : new() { AuthorityFile = options.TlsAuthority, CertificateFile = options.TlsCertificate, KeyFile = options.TlsKey };

    /// <summary>Sends objects and yields what the archive says of each.</summary>
    /// <exception cref="DicomNetworkException">It is away or refuses as a whole: what was yielded is settled, the rest is not known to be.</exception>
    public async IAsyncEnumerable<SendResult> SendAsync(IReadOnlyList<OutgoingObject> objects, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var web = IsWeb ? Web() : null;
        await foreach (var result in web?.StoreAsync(objects, cancellation) ?? DicomSender.SendAsync(address.Dicom!, objects, new() { CallingAe = options.CallingAe.Trim(), Tls = Tls }, cancellation))
            yield return result;
    }

    /// <summary>Of a DICOMweb service.</summary>
    public DicomWebClient Web() => new(address.Web!, WebOptions());

    /// <summary>Of a DICOMweb service, for who passes calls on to it.</summary>
    public Uri Root => address.Web!;

    /// <summary>How connections to it are made.</summary>
    public SocketsHttpHandler Connections() => DicomWebClient.Handler(WebOptions());

    private DicomWebOptions WebOptions() => new() { Credentials = Credentials(), Tls = Tls };

    /// <summary>Read anew for each connection.</summary>
    /// <exception cref="DicomNetworkException">The file cannot be read.</exception>
    public AuthenticationHeaderValue? Credentials() =>
        options.TokenFile is { } token ? DicomWebOptions.Bearer(Secret(token)) :
        options.UserFile is { } user ? DicomWebOptions.Basic(Secret(user)) :
        null;

    private string Secret(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DicomNetworkException($"The file with the credentials for {Name} cannot be read.", isTransient: true, error);
        }
    }
}
