using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Http.Headers;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;

namespace MRNet.Imaging.Cli.Network;

/// <summary>How archives are called, the same for every command that calls one.</summary>
internal sealed class PeerSyntax
{
    private readonly Option<string> title = new("--ae") { Description = "Our own AE title; the archive may have to know it.", DefaultValueFactory = _ => "MRNET", HelpName = "TITLE" };
    private readonly Option<bool> tls = new("--tls") { Description = "Speak TLS with a DICOM peer (1.2 or 1.3, BCP 195); https does so by itself." };
    private readonly Option<string?> authority = new("--tls-ca") { Description = "PEM file of those who may sign the peer's certificate, instead of the system's.", HelpName = "FILE" };
    private readonly Option<string?> certificate = new("--tls-cert") { Description = "Our own certificate, PEM, for peers that ask for one.", HelpName = "FILE" };
    private readonly Option<string?> key = new("--tls-key") { Description = "Its private key, PEM.", HelpName = "FILE" };
    private readonly Option<string?> token;
    private readonly Option<string?> user;

    /// <param name="whose">Before the names of the files with secrets, in a command that has others: "pacs-".</param>
    public PeerSyntax(string whose = "")
    {
        token = new($"--{whose}token-file") { Description = "File with a bearer token for DICOMweb; or MRNET_PACS_TOKEN in the environment.", HelpName = "FILE" };
        user = new($"--{whose}user-file") { Description = "File with user:password for DICOMweb; or MRNET_PACS_USER in the environment.", HelpName = "FILE" };
        title.Validators.Add(CheckTitle);
    }

    private static void CheckTitle(OptionResult result)
    {
        if (!DicomPeer.IsAeTitle(result.GetValueOrDefault<string>()))
            result.AddError("--ae is no AE title; expected 1 to 16 printable characters without backslash.");
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { title, tls, authority, certificate, key, token, user })
            command.Add(option);
    }

    public static Argument<string> Argument(string description)
    {
        var argument = new Argument<string>("PEER") { Description = $"{description}: {PeerAddress.Syntax}." };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var one] && PeerAddress.Parse(one.Value) is null)
                result.AddError(Wrong("PEER", one.Value));
        });
        return argument;
    }

    public static Option<string?> Option(string name, string description)
    {
        var option = new Option<string?>(name) { Description = $"{description}: {PeerAddress.Syntax}.", HelpName = "PEER" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var one] && PeerAddress.Parse(one.Value) is null)
                result.AddError(Wrong(name, one.Value));
        });
        return option;
    }

    /// <exception cref="InvalidImageException">A file with a secret cannot be read.</exception>
    public PeerConnection Read(ParseResult parsed, string peer)
    {
        var files = new TlsSettings { AuthorityFile = parsed.GetValue(authority), CertificateFile = parsed.GetValue(certificate), KeyFile = parsed.GetValue(key) };
        var isNamed = files != new TlsSettings();
        return new(
            PeerAddress.Parse(peer)!,
            new DicomAssociationOptions { CallingAe = parsed.GetRequiredValue(title).Trim(), Tls = parsed.GetValue(tls) || isNamed ? files : null },
            new DicomWebOptions { Credentials = Credentials(parsed), Tls = isNamed ? files : null });
    }

    private AuthenticationHeaderValue? Credentials(ParseResult parsed)
    {
        if (Secret(parsed.GetValue(token), "MRNET_PACS_TOKEN") is { } bearer)
            return DicomWebOptions.Bearer(bearer);
        return Secret(parsed.GetValue(user), "MRNET_PACS_USER") is { } basic ? DicomWebOptions.Basic(basic) : null;
    }

    private static string? Secret(string? file, string variable)
    {
        if (file is null)
            return Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set ? set : null;
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InvalidImageException($"{file} cannot be read: {error.Message}", error);
        }
    }

    private static string Wrong(string name, string found) => $"{name} is '{found}'; expected {PeerAddress.Syntax}. Secrets belong in a file or the environment.";
}
