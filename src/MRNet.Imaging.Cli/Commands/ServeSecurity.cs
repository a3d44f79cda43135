using System.CommandLine;
using MRNet.Imaging.Server.Audit;
using MRNet.Imaging.Server.Hosting;
using MRNet.Imaging.Server.Security;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>Options of <c>mrnet serve</c> about who may call, and over what.</summary>
internal static class ServeSecurity
{
    private static readonly Option<string> Listen = new("--listen") { Description = "Address to listen on. Others than this computer's own need TLS and accounts.", HelpName = "ADDRESS", DefaultValueFactory = _ => "127.0.0.1" };
    private static readonly Option<bool> Insecure = new("--insecure") { Description = "Listen to other computers without TLS or accounts; log, page and audit say so." };
    private static readonly Option<string?> Certificate = new("--tls-certificate") { Description = "Certificate with its chain, PEM or .pfx; then gRPC and pages share --port. Read again when it changes.", HelpName = "FILE" };
    private static readonly Option<string?> Key = new("--tls-key") { Description = "Private key, PEM, where the certificate's file does not hold it.", HelpName = "FILE" };
    private static readonly Option<string?> Password = new("--tls-password-file") { Description = "File with the password of the key.", HelpName = "FILE" };
    private static readonly Option<string?> ClientAuthorities = new("--client-ca") { Description = "Authorities, PEM, of client certificates; each account is named with --client.", HelpName = "FILE" };
    private static readonly Option<string[]> Clients = new("--client") { Description = "An account whose proof is a certificate: COMMONNAME=ROLE. May be repeated.", HelpName = "NAME=ROLE" };
    private static readonly Option<bool> NeedsCertificate = new("--require-client-certificate") { Description = "Refuse connections without a client certificate." };
    private static readonly Option<bool> NeedsAccount = new("--accounts") { Description = "Serve accounts only, also on loopback; it is so anyway once 'mrnet keys add' made a key." };
    private static readonly Option<string?> Issuer = new("--oidc-issuer") { Description = "OpenID Connect issuer whose tokens are accepted; their claim 'roles' says viewer, operator, trainer or admin.", HelpName = "URL" };
    private static readonly Option<string> Audience = new("--oidc-audience") { Description = "What the tokens must be made for.", HelpName = "NAME", DefaultValueFactory = _ => "mrnet" };
    private static readonly Option<bool> NeedsAudit = new("--audit-required") { Description = "Take no job while the audit trail (audit.log in the data folder) cannot be written." };

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { Listen, Insecure, Certificate, Key, Password, ClientAuthorities, Clients, NeedsCertificate, NeedsAccount, Issuer, Audience, NeedsAudit })
            command.Add(option);
    }

    /// <summary>The settings with what the command line says.</summary>
    public static ServerOptions With(ServerOptions options, ParseResult parsed) => options with
    {
        Listen = parsed.GetRequiredValue(Listen),
        Insecure = parsed.GetValue(Insecure),
        Tls = new TlsOptions
        {
            Certificate = parsed.GetValue(Certificate),
            Key = parsed.GetValue(Key),
            PasswordFile = parsed.GetValue(Password),
            ClientAuthorities = parsed.GetValue(ClientAuthorities),
            RequireClientCertificate = parsed.GetValue(NeedsCertificate),
        },
        Accounts = new AccountOptions
        {
            Required = parsed.GetValue(NeedsAccount),
            Oidc = new() { Issuer = parsed.GetValue(Issuer), Audience = parsed.GetRequiredValue(Audience) },
            Certificates = [.. (parsed.GetValue(Clients) ?? []).Select(Client)],
        },
        Audit = new AuditOptions { Required = parsed.GetValue(NeedsAudit) },
    };

    private static CertificateAccount Client(string text) => text.LastIndexOf('=') is > 0 and var at
        ? new(text[..at], text[(at + 1)..])
        : throw new InvalidImageException($"--client is '{text}'; expected COMMONNAME=ROLE.");
}
