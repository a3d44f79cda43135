using System.CommandLine;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>Options about the NATS server between front end and workers, and the setting each one is.</summary>
internal static class NatsSettings
{
    public static readonly Option<string> Engine = new("--engine") { Description = "NATS server that brings jobs to workers on other machines: nats://HOST, several by commas.", HelpName = "URL" };
    private static readonly Option<string> Credentials = new("--creds") { Description = "File with the account at the NATS server: .creds, or an nkey seed.", HelpName = "FILE" };
    private static readonly Option<string> Authority = new("--nats-ca") { Description = "Authority of the NATS server's certificate, PEM; then TLS is demanded.", HelpName = "FILE" };
    private static readonly Option<string> Certificate = new("--nats-cert") { Description = "Our certificate for the NATS server, PEM.", HelpName = "FILE" };
    private static readonly Option<string> Key = new("--nats-key") { Description = "Private key of --nats-cert, PEM.", HelpName = "FILE" };

    public static readonly (Option Option, string Key)[] Settings =
    [
        (Engine, "Nats:Urls"), (Credentials, "Nats:CredentialsFile"), (Authority, "Nats:TlsCa"), (Certificate, "Nats:TlsCert"), (Key, "Nats:TlsKey"),
    ];
}
