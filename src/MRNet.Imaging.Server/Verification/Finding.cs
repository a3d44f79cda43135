namespace MRNet.Imaging.Server.Verification;

/// <summary>One thing of a data folder that is not as it should be.</summary>
/// <param name="Place">Relative to the data folder.</param>
/// <param name="Fault">What was found and what was expected, without patient data.</param>
/// <param name="IsStray">It belongs to nothing the server knows: an orphan, or half of something.</param>
public sealed record Finding(string Place, string Fault, bool IsStray = false);

/// <summary>What a look at a data folder found.</summary>
/// <param name="IsInUse">A server has it: what is in the middle of being written is no finding.</param>
/// <param name="Jobs">Rows of the job store.</param>
/// <param name="Results">Folders of results.</param>
/// <param name="Uploads">Folders of uploads.</param>
/// <param name="Bytes">Of results and uploads, all of which were read.</param>
public sealed record StoreReport(bool IsInUse, int Jobs, int Results, int Uploads, long Bytes, IReadOnlyList<Finding> Findings);
