namespace MRNet.Imaging.Server.Receiving;

/// <summary>The DICOM node that senders push series to, section <c>Receiving</c> of the settings.</summary>
public sealed record ReceivingOptions
{
    /// <summary>Port, or address:port, to listen on; a port alone is this computer's own, empty: no node. Beyond loopback the routes must name the callers.</summary>
    public string Listen { get; init; } = "";

    /// <summary>File that says who may call, and what becomes of which series; deploy/routes.json is an example.</summary>
    public string Routes { get; init; } = "";
}
