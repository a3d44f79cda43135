using Microsoft.AspNetCore.Http;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Server.Audit;

/// <summary>What happens, for the audit trail: a method for each event that PS3.15 A.5 asks of a server like this one.</summary>
internal sealed class AuditTrail(AuditFile file, AuditOptions options, TimeProvider time, IHttpContextAccessor? calls = null, AuditSpool? spool = null)
{
    private static readonly AuditParticipant Self = new("mrnet", "", "", false, AuditCode.Application);

    /// <summary>Messages that wait for the disk.</summary>
    public int Pending => file.Pending;

    /// <summary>Messages that wait for the repository; none without one.</summary>
    public int Unsent => spool?.Waiting ?? 0;

    /// <param name="log">Told what cannot be written.</param>
    public static AuditTrail Of(ServerOptions server, IFileSystem files, TimeProvider time, ILogger log, IHttpContextAccessor? calls = null)
    {
        var path = server.Audit.File is { } named ? Path.GetFullPath(named) : DataFolder.AuditOf(server.Store);
        return new(new(path, files, log), server.Audit, time, calls, SpoolOf(server, files, log));
    }

    /// <summary>A server with a repository has a spool; who works beside it ('mrnet keys') finds that.</summary>
    private static AuditSpool? SpoolOf(ServerOptions server, IFileSystem files, ILogger log) =>
        DataFolder.AuditSpoolOf(server.Store) is var path && (server.Audit.Repository.Host is not null || files.FileExists(path)) ? new(path, files, log) : null;

    /// <summary>The way to the repository; null without one.</summary>
    public AuditSpool? Spool => spool;

    /// <summary>Tries again with what could not be written.</summary>
    /// <returns>False when it still cannot.</returns>
    public bool Flush() => file.Flush() & (spool?.Flush() ?? true);

    public void Started() => Write(new(AuditCode.ApplicationActivity, AuditCode.ApplicationStart, 'E', AuditOutcome.Success, [Self], []));

    public void Stopped() => Write(new(AuditCode.ApplicationActivity, AuditCode.ApplicationStop, 'E', AuditOutcome.Success, [Self], []));

    /// <summary>The server listens to others without what should protect it.</summary>
    public void Insecure(string missing) => Alert(AuditCode.SecurityConfiguration, AuditOutcome.MinorFailure, [Self], AuditObject.Security(missing, "insecure, without"));

    public void CertificateReplaced() => Alert(AuditCode.SecurityConfiguration, AuditOutcome.Success, [Self], AuditObject.Security("server", "certificate replaced"));

    public void HandshakeFailed(string address) => Alert(AuditCode.NodeAuthentication, AuditOutcome.MinorFailure, [Self, Node(address)], AuditObject.Security(address, "address"));

    public void SignedIn(Caller caller, string address) => Write(new(AuditCode.UserAuthentication, AuditCode.Login, 'E', AuditOutcome.Success, [Of(caller, address), Self], []));

    public void SignInFailed(string address) => Write(new(AuditCode.UserAuthentication, AuditCode.Login, 'E', AuditOutcome.MinorFailure, [Node(address), Self], []));

    /// <summary>An address has failed too often.</summary>
    public void AddressBlocked(string address) => Alert(AuditCode.NodeAuthentication, AuditOutcome.SeriousFailure, [Self, Node(address)], AuditObject.Security(address, "address blocked"));

    /// <param name="call">The route, not what was asked.</param>
    public void Refused(Caller caller, string address, string call) =>
        Alert(AuditCode.RestrictedFunction, AuditOutcome.MinorFailure, [Of(caller, address), Self], AuditObject.Security(call, "call"));

    /// <summary>A key was made or revoked by somebody on this computer.</summary>
    /// <param name="what">"key added" or "key revoked"</param>
    public void KeyChanged(string account, string name, string what) =>
        Alert(AuditCode.UserAttributesChanged, AuditOutcome.Success, [new(account, "", "", true), Self], new(name, 2, 11, what));

    /// <summary>Images came in.</summary>
    public void Imported(string uploadId) =>
        Write(new(AuditCode.Import, null, 'C', AuditOutcome.Success, [Asking(AuditCode.Source), Self with { Role = AuditCode.Destination }], [AuditObject.Job(uploadId, "upload")]));

    /// <summary>A series was pushed by a DICOM node.</summary>
    public void Received(string title, string address, string jobId) => Write(new(AuditCode.Import, null, 'C', AuditOutcome.Success,
        [new(title, "", address, true, AuditCode.Source), Self with { Role = AuditCode.Destination }], [AuditObject.Job(jobId)]));

    /// <summary>A job is about to be taken.</summary>
    /// <exception cref="ResourceLimitException">The trail is required and cannot be written.</exception>
    public void Accepted(string jobId)
    {
        var isWritten = Write(new(AuditCode.InstancesAccessed, null, 'R', AuditOutcome.Success, [Asking(), Self], [AuditObject.Job(jobId)]));
        if (options.Required && !isWritten)
            throw new ResourceLimitException("The audit trail cannot be written, and this server takes no job without it; the administrator has to make room on its disk.");
    }

    /// <summary>Images of a job were read.</summary>
    /// <param name="study">Keyed hash of the Study Instance UID; empty for what is not DICOM.</param>
    public void ImagesRead(string owner, string jobId, string study) => Write(new(AuditCode.InstancesAccessed, null, 'R', AuditOutcome.Success,
        [Self, new(owner, "", "", true)], study.Length > 0 ? [AuditObject.Job(jobId), AuditObject.Study(study)] : [AuditObject.Job(jobId)]));

    /// <summary>Images of a study, or their headers, go to a viewer.</summary>
    /// <param name="study">Keyed hash of the Study Instance UID.</param>
    public void StudyRead(Caller caller, string address, string study) => Write(new(AuditCode.InstancesTransferred, null, 'R', AuditOutcome.Success,
        [Self with { Role = AuditCode.Source }, Of(caller, address) with { Role = AuditCode.Destination }], [AuditObject.Study(study)]));

    /// <summary>A viewer has stored objects.</summary>
    /// <param name="studies">Keyed hashes of the Study Instance UIDs; none when nothing was taken.</param>
    public void StudiesStored(Caller caller, string address, IReadOnlyCollection<string> studies, AuditOutcome outcome) => Write(new(AuditCode.InstancesTransferred, null, 'C', outcome,
        [Of(caller, address) with { Role = AuditCode.Source }, Self with { Role = AuditCode.Destination }], [.. studies.Select(AuditObject.Study)]));

    /// <summary>A result goes to who asked for it.</summary>
    public void Fetched(string jobId) => Write(new(AuditCode.InstancesTransferred, null, 'R', AuditOutcome.Success,
        [Self with { Role = AuditCode.Source }, Asking(AuditCode.Destination)], [AuditObject.Job(jobId)]));

    /// <summary>A result went to a PACS, or was refused there.</summary>
    public void Exported(string jobId, string pacs, AuditOutcome outcome) => Write(new(AuditCode.Export, null, 'R', outcome,
        [Self with { Role = AuditCode.Source }, new(pacs, "", "", false, AuditCode.Destination)], [AuditObject.Job(jobId)]));

    private bool Write(AuditMessage message)
    {
        var now = time.GetUtcNow();
        var xml = message.ToXml(now, options.SourceId);
        return file.Write(xml) & (spool?.Write(SyslogMessage.Of(xml, message.Outcome, now, Environment.MachineName, Environment.ProcessId)) ?? true);
    }

    private void Alert(AuditCode type, AuditOutcome outcome, IReadOnlyList<AuditParticipant> who, AuditObject about) =>
        Write(new(AuditCode.SecurityAlert, type, 'E', outcome, who, [about]));

    private AuditParticipant Asking(AuditCode? role = null) => calls?.HttpContext is { } call
        ? Of(Caller.Of(call.User) ?? Caller.Anyone, Caller.AddressOf(call)) with { Role = role }
        : new("", "", "", true, role);

    private static AuditParticipant Of(Caller caller, string address) => new(caller.Owner, caller.Name, address, true);

    private static AuditParticipant Node(string address) => new("", "", address, true);
}
