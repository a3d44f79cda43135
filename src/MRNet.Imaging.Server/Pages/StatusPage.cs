using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Models;
using MRNet.Imaging.Server.Security;
using MRNet.Imaging.Server.Services;

namespace MRNet.Imaging.Server.Pages;

/// <summary>The page at <c>/</c>: what runs, how to connect, jobs and models.</summary>
internal static class StatusPage
{
    public const string Style = """
        :root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
        th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #8884;vertical-align:top}code{background:#8882;padding:.1rem .3rem;border-radius:3px}
        .ready{color:#2a8f4f}.waiting{color:#b8860b}.note{opacity:.75}
        """;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (ServerOptions options, IJobEngine engine, ExportQueue exports, ModelShelf models, TimeProvider time, HttpContext context) =>
            TypedResults.Content(Page(options, engine, exports, models, time.GetUtcNow(), Caller.Of(context.User)), "text/html; charset=utf-8")).AllowAnonymous();
    }

    /// <param name="caller">Null for a stranger, who sees how to connect and no more.</param>
    private static string Page(ServerOptions options, IJobEngine engine, ExportQueue exports, ModelShelf models, DateTimeOffset now, Caller? caller)
    {
        var page = new StringBuilder($"""
            <!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>MRNet.Imaging</title><style>{Style}</style>
            <h1>MRNet.Imaging {typeof(StatusPage).Assembly.GetName().Version!.ToString(3)}</h1>
            {Connecting(options)}
            """);
        if (caller is null)
            return page.Append("<p>This server serves accounts. Its administrator makes a key with <code>mrnet keys add NAME --role viewer</code>; programs send it as <code>authorization: Bearer KEY</code>, in a browser you <a href=\"/sign-in\">sign in</a>.</p></html>").ToString();
        page.Append(CultureInfo.InvariantCulture, $"<p>Runs on <code>{Text(models.Device)}</code>; jobs on <code>{Text(engine.Place)}</code>{(engine.WhyNotReady is { } reason ? $": <strong class=waiting>{Text(reason)}</strong>" : "")}.{(options.Viewer.Enabled ? " <a href=\"/viewer\">Viewer</a>" : "")}</p>");
        if (caller.Owner.Length > 0)
            page.Append(CultureInfo.InvariantCulture, $"<form method=post action=/sign-out>{Text(caller.Name)} ({caller.RoleName}) <button>Sign out</button></form>");
        page.Append("<h2>Models</h2><table><tr><th>id<th>what<th>for<th>raters<th></tr>");
        foreach (var (model, _) in models.List())
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Text(model.Id)}</code><td>{Text(model.DisplayName)}<td>{Text(string.Join(", ", model.Modalities))}<td>{model.Raters.Count}<td>{Ready(models, model.Id)}");
        page.Append("</table><h2>Jobs</h2>");
        Jobs(page, engine.List(caller.May(Rights.AllJobs) ? null : caller.Owner, [], 0, 20), engine, exports, now);
        return page.Append("<p class=note>Not a medical device.</p></html>").ToString();
    }

    private static string Connecting(ServerOptions options)
    {
        var host = ListeningRules.IsLoopback(options) ? "127.0.0.1" : "HOST";
        var where = options.Tls.IsOn
            ? $"gRPC, gRPC-Web and uploads: <code>https://{host}:{options.Port}</code>."
            : $"gRPC: <code>http://{host}:{options.Port}</code>; gRPC-Web and uploads: this address.";
        var who = ListeningRules.IsLoopback(options) ? "Only programs of this computer can connect." : "";
        var open = ListeningRules.IsOpen(options) ? $"<p class=waiting><strong>Insecure: without {Text(ListeningRules.Missing(options))}.</strong></p>" : "";
        var plain = options.Tls.IsOn ? "-cacert CA.pem" : "-plaintext";
        var key = ListeningRules.HasAccounts(options) ? """ -H "authorization: Bearer $MRNET_TOKEN" """ : " ";
        var node = options.Receiving.Listen.Length > 0 ? $"<p>DICOM node: <code>{Text(options.Receiving.Listen)}</code>.</p>" : "";
        return $"{open}<p>{where} {who}</p>{node}<p><code>grpcurl {plain}{Text(key)}{host}:{options.Port} mrnet.imaging.v1.Segmentation/ListModels</code></p>";
    }

    private static void Jobs(StringBuilder page, IReadOnlyList<StoredJob> jobs, IJobEngine engine, ExportQueue exports, DateTimeOffset now)
    {
        if (jobs.Count == 0)
        {
            page.Append("<p class=note>None yet.</p>");
            return;
        }

        page.Append("<table><tr><th>job<th>model<th>state<th>age<th></tr>");
        foreach (var job in jobs)
            page.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Text(job.Id)}</code><td>{Text(job.ModelId)}<td>{job.Status}<td>{Age(now - job.Created)}<td>{Text(Detail(job, engine, exports))}");
        page.Append("</table>");
    }

    private static string Detail(StoredJob job, IJobEngine engine, ExportQueue exports) => job switch
    {
        { Failure: { } failure } => failure.Message,
        { HasEnded: false } => engine.ProgressOf(job) is { Total: > 0 } progress ? $"{progress.Stage} {progress.Done} of {progress.Total}" : $"{engine.ProgressOf(job).Stage}",
        _ => string.Join("; ", ExportMessages.Of(exports.Of(job.Id)).Select(Line)),
    };

    private static string Line(Protocol.V1.Export export) => $"{export.Pacs}: {export.Sent} sent{(export.Pending > 0 ? $", {export.Pending} wait" : "")}{(export.Parked > 0 ? $", {export.Parked} refused" : "")}{(export.Reason.Length > 0 ? $" ({export.Reason})" : "")}";

    private static string Ready(ModelShelf models, string id) => models.IsReady(id) ? "<span class=ready>ready</span>" : "<span class=waiting>not ready</span>";

    private static string Age(TimeSpan age) => age.TotalMinutes < 1 ? $"{age.Seconds} s" : age.TotalHours < 1 ? $"{age.Minutes} min" : $"{(int)age.TotalHours} h";

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
