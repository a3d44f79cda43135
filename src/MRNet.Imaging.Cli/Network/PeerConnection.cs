using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;

namespace MRNet.Imaging.Cli.Network;

/// <summary>A peer and how it is spoken to.</summary>
internal sealed record PeerConnection(PeerAddress Address, DicomAssociationOptions Association, DicomWebOptions WebOptions)
{
    /// <summary>Where C-MOVE sends to; null for C-GET.</summary>
    public int? ListenPort { get; init; }

    public DicomWebClient Web() => new(Address.Web!, WebOptions);

    /// <summary>The one place where the toolkit's errors become this tool's.</summary>
    public async Task<T> SaidAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (DicomNetworkException error)
        {
            throw Error(error);
        }
        catch (DicomException error)
        {
            throw new InvalidImageException(error.Message, error);
        }
    }

    public PeerException Error(DicomNetworkException error, string more = "") => new($"{Address}: {error.Message}{more}", error);
}
