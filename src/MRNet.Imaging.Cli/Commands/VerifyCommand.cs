using System.CommandLine;
using System.Globalization;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Verification;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet verify</c>: whether what a server keeps is whole.</summary>
internal static class VerifyCommand
{
    private static readonly Option<bool> Repair = new("--repair") { Description = "Moves what belongs to nothing into the folder set-aside of it. No server may run; nothing is deleted." };

    public static Command Create()
    {
        var command = new MrnetCommand("verify", "Checks what a server keeps: the job store, every image and result with its hash, half files, what belongs to nothing. Only reads, also beside a running server. Fails when something is wrong.",
            """
            mrnet verify --store /srv/mrnet
            mrnet verify --config /etc/mrnet.json --repair
            """)
        { ServeSettings.Store, ServeSettings.Config, Repair, CommonOptions.Quiet };
        command.SetAction((parsed, cancellation) => Task.FromResult(Run(parsed, cancellation)));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var check = new StoreCheck(ServeSettings.StoreOf(parsed), new DiskFileSystem());
        var report = check.Run(cancellation);
        if (!parsed.GetValue(CommonOptions.Quiet))
            Show(report);
        foreach (var finding in report.Findings)
            Console.Out.WriteLine($"{finding.Place} {finding.Fault}.");
        Console.Out.WriteLine(Sentence(report));
        if (parsed.GetValue(Repair) && report.Findings.Any(finding => finding.IsStray))
            Messages.Line($"What belongs to nothing is in {check.Repair(report, TimeProvider.System.GetUtcNow())} now.");
        return report.Findings.Count == 0 ? 0 : 2;
    }

    private static void Show(StoreReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("what", "looked at", "wrong");
        table.AddRow("job store", Count(report.Jobs, "job"), Wrong(report, "jobs.db"));
        table.AddRow("results", Count(report.Results, "folder"), Wrong(report, "results"));
        table.AddRow("uploads", Count(report.Uploads, "folder"), Wrong(report, "uploads"));
        table.AddRow("exports", "", Wrong(report, "exports.db"));
        table.AddRow("elsewhere", "", report.Findings.Count(finding => finding.Place is not ("jobs.db" or "exports.db") && !finding.Place.Contains(Path.DirectorySeparatorChar)).ToString(CultureInfo.InvariantCulture));
        AnsiConsole.Write(table);
    }

    private static string Sentence(StoreReport report)
    {
        var found = report.Findings.Count == 0 ? "nothing is wrong" : $"{Count(report.Findings.Count, "thing")} wrong, {report.Findings.Count(finding => finding.IsStray)} of them belonging to nothing";
        var read = FormattableString.Invariant($"{report.Bytes / 1e6:0.0} MB of images and results were read");
        return $"{Count(report.Jobs, "job")}, {read}, {found}{(report.IsInUse ? "; a server uses the folder: what it was writing was left out" : "")}.";
    }

    private static string Wrong(StoreReport report, string place) =>
        report.Findings.Count(finding => finding.Place == place || finding.Place.StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal)).ToString(CultureInfo.InvariantCulture);

    private static string Count(int number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
