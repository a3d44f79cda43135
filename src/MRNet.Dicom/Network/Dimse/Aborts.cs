namespace MRNet.Dicom.Network;

/// <summary>The reasons of A-ABORT and A-ASSOCIATE-RJ in words, PS3.8 sections 9.3.8 and 9.3.4.</summary>
internal static class Aborts
{
    public static DicomNetworkException Error(ReadOnlySpan<byte> abort)
    {
        var (source, reason) = abort.Length >= 4 ? (abort[2], abort[3]) : ((byte)0, (byte)0);
        var why = (source, reason) switch
        {
            (2, 1) => "unrecognized unit",
            (2, 2) => "unexpected unit",
            (2, 4) => "unrecognized parameter",
            (2, 5) => "unexpected parameter",
            (2, 6) => "invalid parameter",
            (2, _) => "no reason given",
            _ => "by its application, no reason given",
        };
        return new($"The peer aborted the association ({why}).", isTransient: true);
    }

    public static DicomNetworkException Rejection(ReadOnlySpan<byte> reject)
    {
        var (result, source, reason) = reject.Length >= 4 ? (reject[1], reject[2], reject[3]) : ((byte)1, (byte)0, (byte)0);
        var why = (source, reason) switch
        {
            (1, 2) => "it does not know the DICOM application context",
            (1, 3) => "it does not know our AE title; register it there, or call with --ae",
            (1, 7) => "it has another AE title; check the one before the @",
            (2, 2) => "it does not know this version of the protocol",
            (3, 1) => "it has too many associations at the moment",
            (3, 2) => "a limit of the peer is reached",
            _ => "it gives no reason",
        };
        // Result 2 is "rejected-transient"; congestion is transient whatever the result says.
        return new($"The peer refuses the association: {why}.", isTransient: result == 2 || source == 3);
    }
}
