namespace MRNet.Imaging.Server.Exports;

/// <summary>What became of an instance that is to go to an archive.</summary>
public enum ExportState
{
    /// <summary>To be sent, perhaps again.</summary>
    Pending,

    /// <summary>The archive said that it has it.</summary>
    Sent,

    /// <summary>Refused for good; asked for again it is sent again.</summary>
    Parked,
}

/// <summary>One instance on its way to one archive.</summary>
/// <param name="Pacs">The archive's name.</param>
/// <param name="File">Name in the job's result folder.</param>
/// <param name="Attempts">Tries that failed for a while.</param>
/// <param name="Asked">When it was asked for.</param>
/// <param name="Reason">Why it waits or is parked; empty else.</param>
public sealed record StoredExport(string JobId, string Pacs, string SopUid, string File, ExportState State, int Attempts, DateTimeOffset Asked, string Reason);
