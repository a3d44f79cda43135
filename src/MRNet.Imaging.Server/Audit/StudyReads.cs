using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MRNet.Imaging.Server.DicomWeb;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Audit;

/// <summary>
/// What is read over DICOMweb, for the audit trail: once for each caller and study in ten minutes, for a viewer fetches a series
/// in thousands of calls.
/// </summary>
internal sealed class StudyReads(AuditTrail audit, KeyedHash hash, TimeProvider time)
{
    private const int Remembered = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Dictionary<(string Owner, string Address, string Study), long> recorded = [];

    /// <summary>A call for images of a study, or their headers.</summary>
    public void Record(HttpContext http)
    {
        if (Caller.Of(http.User) is { } caller && StudyOf(http.Request.RouteValues) is { } study && IsNew((caller.Owner, Caller.AddressOf(http), study)))
            audit.StudyRead(caller, Caller.AddressOf(http), hash.Of(study));
    }

    /// <summary>What a viewer stored.</summary>
    public void Stored(HttpContext http, IReadOnlyList<StoreOutcome> outcomes) => audit.StudiesStored(
        Caller.Of(http.User) ?? Caller.Anyone,
        Caller.AddressOf(http),
        [.. outcomes.Where(outcome => outcome.Failure is null).Select(outcome => outcome.Study).Distinct().Select(hash.Of)],
        outcomes.All(outcome => outcome.Failure is null) ? AuditOutcome.Success : AuditOutcome.MinorFailure);

    /// <summary>Of our own routes, or of one that is passed on.</summary>
    private static string? StudyOf(RouteValueDictionary route) =>
        route["study"] as string ?? ((route["path"] as string)?.Split('/') is ["studies", { Length: > 0 } study, ..] ? study : null);

    private bool IsNew((string, string, string) read)
    {
        using var _ = gate.EnterScope();
        if (recorded.TryGetValue(read, out var at) && time.GetElapsedTime(at) < Window)
            return false;
        if (recorded.Count >= Remembered)
            recorded.Clear(); // recorded once more, at worst
        recorded[read] = time.GetTimestamp();
        return true;
    }
}
