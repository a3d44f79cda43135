using System.CommandLine;
using System.CommandLine.Parsing;
using MRNet.Imaging.Client;

namespace MRNet.Imaging.Cli.Remote;

/// <summary>The server that computes instead of this computer.</summary>
internal sealed record RemoteServer(string Address, ConnectionOptions Connection)
{
    public MrnetClient Connect() => MrnetClient.Connect(Address, Connection);
}

/// <summary>Options that name a server. A token never stands on the command line, where other users see it.</summary>
internal sealed class RemoteSyntax
{
    public const string TokenVariable = "MRNET_TOKEN";

    private readonly Option<string?> server = new("--server") { Description = "Let a server ('mrnet serve') compute: http://host:port or https://host:port. The files come out the same.", HelpName = "URL" };
    private readonly Option<string?> token = new("--token-file") { Description = $"A file with the token for the server; else it is taken from {TokenVariable}.", HelpName = "FILE" };
    private readonly Option<string?> authority = new("--ca") { Description = "A PEM file with the authority of the server's certificate, where this computer does not know it.", HelpName = "FILE" };
    private readonly Option<string?> certificate = new("--client-cert") { Description = "The certificate by which the server knows this client, PEM or .pfx, where it asks for one.", HelpName = "FILE" };
    private readonly Option<string?> key = new("--client-key") { Description = "Its private key, PEM, where the certificate's file does not hold it.", HelpName = "FILE" };
    private readonly Option<string?> password = new("--client-password-file") { Description = "A file with the password of that key.", HelpName = "FILE" };

    private Option[] OfConnection => [token, authority, certificate, key, password];

    public void AddTo(Command command)
    {
        foreach (var option in OfConnection.Prepend(server))
            command.Add(option);
    }

    /// <param name="local">Options that mean nothing to a server.</param>
    /// <returns>Null: this computer.</returns>
    /// <exception cref="InvalidImageException">An option that has no meaning where it stands.</exception>
    public RemoteServer? Read(ParseResult parsed, params ReadOnlySpan<Option> local)
    {
        if (parsed.GetValue(server) is not { } address)
        {
            foreach (var option in OfConnection)
                if (IsGiven(parsed, option))
                    throw new InvalidImageException($"{option.Name} is given without --server; expected both, or neither.");
            return null;
        }

        foreach (var option in local)
            if (IsGiven(parsed, option))
                throw new InvalidImageException($"{option.Name} says how this computer computes, and with --server it does not; leave one of them out.");
        return new(address, new()
        {
            Token = Token(parsed.GetValue(token)),
            AuthorityFile = parsed.GetValue(authority),
            ClientCertificateFile = parsed.GetValue(certificate),
            ClientKeyFile = parsed.GetValue(key),
            ClientPasswordFile = parsed.GetValue(password),
        });
    }

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is OptionResult { Implicit: false };

    private static string? Token(string? file)
    {
        if (file is null)
            return Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } found ? Checked(found, TokenVariable) : null;
        if (!File.Exists(file))
            throw new InvalidImageException($"There is no file {file} with a token.");
        return Checked(File.ReadAllText(file), file);
    }

    /// <summary>What may stand in a header; the token itself is not repeated in the message.</summary>
    private static string Checked(string text, string from) => text.Trim() is { Length: > 0 } token && token.All(letter => letter is > ' ' and < '\x7f')
        ? token
        : throw new InvalidImageException($"{from} holds no token; expected one line of letters, digits and signs.");
}
