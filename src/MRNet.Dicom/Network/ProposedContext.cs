namespace MRNet.Dicom.Network;

/// <summary>A SOP class we want to use, and the encodings we can.</summary>
/// <param name="Syntaxes">One of them is chosen by the peer; several contexts leave the choice to us.</param>
/// <param name="AsProvider">Ask for the role of the provider: C-GET sends instances to us over our own association.</param>
public sealed record ProposedContext(string SopClass, IReadOnlyList<DicomTransferSyntax> Syntaxes, bool AsProvider = false)
{
    /// <summary>The most contexts of one association: numbers are odd and fit a byte.</summary>
    public const int Maximum = 128;

    /// <summary>For messages whose data sets are small: what every peer understands.</summary>
    internal static IReadOnlyList<DicomTransferSyntax> Plain { get; } = [DicomTransferSyntax.ExplicitVRLittleEndian, DicomTransferSyntax.ImplicitVRLittleEndian];
}
