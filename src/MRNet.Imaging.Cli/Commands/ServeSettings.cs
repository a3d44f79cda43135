using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MRNet.Dicom.Network;
using MRNet.Imaging.Cli.Files;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Jobs;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>The settings of the server, for the commands that serve or look after it: file, environment, and the options below before both.</summary>
internal static class ServeSettings
{
    public static readonly Option<string?> Config = new("--config") { Description = "Settings as JSON; 'mrnet serve --print-config' prints them all. MRNET__Jobs__QueueLimit=50 and its like in the environment go before the file, the options here before both.", HelpName = "FILE" };
    public static readonly Option<string> Store = new("--store") { Description = "The server's own folder, for uploads, jobs and results.", HelpName = "FOLDER", DefaultValueFactory = _ => DefaultStore() };
    private static readonly Option<int> Port = new("--port") { Description = "Port of gRPC; pages, gRPC-Web and HTTP uploads are on the next one, with TLS on the same. 0 takes any.", DefaultValueFactory = _ => 50051 };
    private static readonly Option<string[]> Roots = new("--root") { Description = "A folder that clients may name as a source: NAME=FOLDER. May be repeated.", HelpName = "NAME=FOLDER" };
    private static readonly Option<string[]> Origins = new("--origin") { Description = "Origin of a web page that may call, such as http://localhost:3000. May be repeated.", HelpName = "URL" };
    private static readonly Option<bool> Viewer = new("--viewer") { Description = "Shows the images of --data in a browser, at /viewer." };
    private static readonly Option<string[]> Data = new("--data") { Description = "A folder with DICOM files for the viewer; only read. May be repeated.", HelpName = "FOLDER" };
    private static readonly Option<string> DicomWeb = new("--dicomweb") { Description = "A PACS that the viewer shows instead: the root of its DICOMweb service, or a NAME of --pacs. The server passes the calls on.", HelpName = "URL" };
    private static readonly Option<string> Listen = new("--listen") { Description = "Address to listen on. Others than this computer's own need TLS and accounts.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<bool> Insecure = new("--insecure") { Description = "Listen to other computers without TLS or accounts; log, page and audit say so." };
    private static readonly Option<string> Certificate = new("--tls-certificate") { Description = "Certificate with its chain, PEM or .pfx; then gRPC and pages share --port. Read again when it changes.", HelpName = "FILE" };
    private static readonly Option<string> Key = new("--tls-key") { Description = "Private key, PEM, where the certificate's file does not hold it.", HelpName = "FILE" };
    private static readonly Option<string> Password = new("--tls-password-file") { Description = "File with the password of the key.", HelpName = "FILE" };
    private static readonly Option<string> ClientAuthorities = new("--client-ca") { Description = "Authorities, PEM, of client certificates; each account is named with --client.", HelpName = "FILE" };
    private static readonly Option<string[]> Clients = new("--client") { Description = "An account whose proof is a certificate: COMMONNAME=ROLE. May be repeated.", HelpName = "NAME=ROLE" };
    private static readonly Option<bool> NeedsCertificate = new("--require-client-certificate") { Description = "Refuse connections without a client certificate." };
    private static readonly Option<bool> NeedsAccount = new("--accounts") { Description = "Serve accounts only, also on loopback; it is so anyway once 'mrnet keys add' made a key." };
    private static readonly Option<string> Issuer = new("--oidc-issuer") { Description = "OpenID Connect issuer whose tokens are accepted; their claim 'roles' says viewer, operator, trainer or admin.", HelpName = "URL" };
    private static readonly Option<string> Audience = new("--oidc-audience") { Description = "What the tokens must be made for.", HelpName = "NAME", DefaultValueFactory = _ => "mrnet" };
    private static readonly Option<string> ClientId = new("--oidc-client-id") { Description = "Name of this server at the issuer for browsers: their users then sign in there (redirect address: https://HOST:PORT/sign-in/callback). A secret: Accounts:Oidc:ClientSecretFile in --config.", HelpName = "NAME" };
    private static readonly Option<string[]> Pacs = new("--pacs") { Description = $"An archive that results may be sent to, and images read from where it speaks DICOMweb: NAME=PEER, where PEER is {PeerAddress.Syntax}. May be repeated.", HelpName = "NAME=PEER" };
    private static readonly Option<string> ListenDicom = new("--listen-dicom") { Description = "Port, or address:port, of a DICOM node: a series pushed to it is segmented as --routes says and the results go to a --pacs. C-ECHO is answered.", HelpName = "PORT" };
    private static readonly Option<string> RoutesFile = new("--routes") { Description = "JSON file that says who may push series, which model takes which, and where the results go; deploy/routes.json is one with every setting explained.", HelpName = "FILE" };
    private static readonly Option<bool> NeedsAudit = new("--audit-required") { Description = "Take no job while the audit trail (audit.log in --store) cannot be written." };
    private static readonly Option<string> AuditRepository = new("--audit-repository") { Description = "Audit repository that takes syslog over TLS (RFC 5425) on port 6514; messages wait on the disk while it is away. Port and certificates: Audit:Repository in --config.", HelpName = "HOST" };
    private static readonly Option<string> LogFormat = new("--log-format") { Description = "text for people, json for programs: one object a line.", HelpName = "FORMAT", DefaultValueFactory = _ => "text" };
    private static readonly Option<string> LogLevel = new("--log-level") { Description = "The least that is logged: trace, debug, information, warning, error or critical.", HelpName = "LEVEL", DefaultValueFactory = _ => "warning" };
    public static readonly Option<string> Otlp = new("--otlp") { Description = "OpenTelemetry collector that metrics and traces are sent to, such as http://collector:4317. Metrics for Prometheus are at /metrics anyway.", HelpName = "URL" };

    /// <summary>The options of the command line, and the setting each one is.</summary>
    private static readonly (Option Option, string Key)[] Settings =
    [
        (Store, "Store"), (Roots, "Roots"), (CommonOptions.Models, "Models"), (CommonOptions.Device, "Device"),
        (Viewer, "Viewer:Enabled"), (Data, "Viewer:Data"), (DicomWeb, "Viewer:DicomWeb"),
        (Port, "Port"), (Origins, "Origins"), (Listen, "Listen"), (Insecure, "Insecure"),
        (Certificate, "Tls:Certificate"), (Key, "Tls:Key"), (Password, "Tls:PasswordFile"), (ClientAuthorities, "Tls:ClientAuthorities"), (NeedsCertificate, "Tls:RequireClientCertificate"),
        (Clients, "Accounts:Certificates"), (NeedsAccount, "Accounts:Required"), (Issuer, "Accounts:Oidc:Issuer"), (Audience, "Accounts:Oidc:Audience"), (ClientId, "Accounts:Oidc:ClientId"),
        (NeedsAudit, "Audit:Required"), (AuditRepository, "Audit:Repository:Host"), (Pacs, "Pacs"), (ListenDicom, "Receiving:Listen"), (RoutesFile, "Receiving:Routes"),
        (LogFormat, "Telemetry:LogFormat"), (LogLevel, "Telemetry:LogLevel"), (Otlp, "Telemetry:Otlp"),
        .. NatsSettings.Settings,
    ];

    public static IEnumerable<Option> Options => Settings.Select(setting => setting.Option).Prepend(Config);

    /// <summary>What is set, with the defaults of whose server it is.</summary>
    /// <exception cref="WrongSettingException">The setting, what was found, what is wanted.</exception>
    public static ServerOptions Read(ParseResult parsed)
    {
        var given = Given(parsed);
        return given with
        {
            Store = StoreOf(given),
            InstallationId = given.InstallationId ?? Installation.WriterOptions().InstallationId,
        };
    }

    /// <summary>What is set, and else the defaults that hold on any computer.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static ServerOptions Given(ParseResult parsed) => ServerSettings.Read(
        [.. parsed.GetValue(Config) is { } file ? [SettingsSource.File(file)] : Array.Empty<SettingsSource>(), SettingsSource.Environment(), CommandLine(parsed)]);

    /// <summary>The folder alone; nothing is made in it or elsewhere.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static string StoreOf(ParseResult parsed) => StoreOf(Given(parsed));

    private static string StoreOf(ServerOptions given) => given.Store.Length > 0 ? given.Store : DefaultStore();

    private static string DefaultStore() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "mrnet", "server");

    private static SettingsSource CommandLine(ParseResult parsed) => new(
        Settings.SelectMany(setting => Values(parsed.GetResult(setting.Option), setting)).ToDictionary(),
        key => Settings.First(setting => key == setting.Key || key.StartsWith(setting.Key + ":", StringComparison.Ordinal)).Option.Name);

    private static IEnumerable<KeyValuePair<string, string?>> Values(OptionResult? result, (Option Option, string Key) setting)
    {
        if (result is null or { Implicit: true })
            return [];
        var values = result.Tokens.Select(token => token.Value);
        return setting.Option switch
        {
            _ when setting.Option == NatsSettings.Engine => [Of(setting.Key, values.Single()), Of("Jobs:Engine", JobOptions.Nats)],
            _ when setting.Option == Roots => values.Select(Pair(Roots, "NAME=FOLDER")).Select(pair => Of($"{setting.Key}:{pair.Name}", pair.Value)),
            _ when setting.Option == Pacs => values.Select(Pair(Pacs, "NAME=PEER")).Select(pair => Of($"{setting.Key}:{pair.Name}:Address", pair.Value)),
            _ when setting.Option == Clients => values.Select(Pair(Clients, "COMMONNAME=ROLE")).SelectMany((pair, i) => new[] { Of(Item(i, ":Subject"), pair.Name), Of(Item(i, ":Role"), pair.Value) }),
            Option<string[]> => values.Select((value, i) => Of(Item(i), value)),
            _ when setting.Option == CommonOptions.Models => values.Select((value, i) => Of(Item(i), value)),
            Option<bool> => [Of(setting.Key, values.SingleOrDefault("true"))],
            _ => [Of(setting.Key, values.Single())],
        };

        string Item(int i, string inner = "") => string.Create(CultureInfo.InvariantCulture, $"{setting.Key}:{i}{inner}");
        static KeyValuePair<string, string?> Of(string key, string value) => new(key, value);
    }

    /// <summary>The last = parts: a certificate's subject may hold some itself, a role and a folder's name do not.</summary>
    private static Func<string, (string Name, string Value)> Pair(Option option, string wanted) => text => text.LastIndexOf('=') is > 0 and var at && at < text.Length - 1
        ? (text[..at], text[(at + 1)..])
        : throw new WrongSettingException($"{option.Name} is '{text}'; expected {wanted}.");
}
