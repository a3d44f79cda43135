using System.Globalization;
using System.Net;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>Where the node listens and whom it takes calls from: strangers never, unless the administrator insists.</summary>
internal static class NodeRules
{
    /// <param name="insecure">The administrator takes calls from anywhere.</param>
    /// <exception cref="WrongSettingException">The address is none, or it would be open to strangers.</exception>
    public static DicomListenerOptions Of(ReceivingOptions options, Routes routes, bool insecure, Action<string> note)
    {
        var place = Place(options.Listen);
        CallerRule[]? callers = routes.Callers is { } listed ? [.. listed.Select(CallerRule.Parse)] : null;
        if (!IPAddress.IsLoopback(place.Address) && !insecure && routes.Tls?.Authority is null && (callers is null || callers.Any(caller => caller.Network is null)))
            throw new WrongSettingException(
                "The DICOM node would take calls from any computer; expected callers in the routes file as AETITLE@address, or tls with an authority that signs the callers' certificates (--insecure overrides).");
        return new()
        {
            AeTitle = routes.AeTitle,
            OtherAeTitles = [.. routes.Rules.Select(rule => rule.CalledAe).OfType<string>()],
            Address = place.Address,
            Port = place.Port,
            Callers = callers,
            Tls = routes.Tls is { } tls ? new() { CertificateFile = tls.Certificate, KeyFile = tls.Key, AuthorityFile = tls.Authority } : null,
            Note = note,
        };
    }

    private static IPEndPoint Place(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort)
            return new(IPAddress.Loopback, port);
        if (IPEndPoint.TryParse(text, out var place) && place.Port > 0)
            return place;
        throw new WrongSettingException($"--listen-dicom is '{text}'; expected a port, or address:port such as 0.0.0.0:11112.");
    }
}
