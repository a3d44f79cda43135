namespace MRNet.Imaging.Server.Receiving;

/// <summary>What rules look at.</summary>
/// <param name="Calling">The sender's title.</param>
/// <param name="Called">The title it asked for.</param>
/// <param name="Address">Where it called from.</param>
/// <param name="Begun">When the first image came.</param>
public sealed record SeriesInfo(string Modality, string Description, string BodyPart, string Calling, string Called, string Address, DateTimeOffset Begun);
