namespace MRNet.Dicom.Network;

/// <summary>One line of an association: a SOP class and how its data sets are encoded, PS3.8 section 9.3.2.2.</summary>
internal sealed record PresentationContext(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes)
{
    public const byte Accepted = 0;
    public const byte AbstractSyntaxRefused = 3;
    public const byte TransferSyntaxesRefused = 4;

    /// <summary>0 accepted, 1 refused by the user, 2 without reason, 3 abstract syntax, 4 transfer syntaxes not supported.</summary>
    public byte Result { get; init; }

    /// <summary>Roles asked for or granted; null where the default holds: the requestor uses the service, the acceptor provides it.</summary>
    public (bool Scu, bool Scp)? Roles { get; init; }

    public bool IsAccepted => Result == Accepted && TransferSyntaxes.Count > 0;
}
