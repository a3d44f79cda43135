using System.CommandLine;
using System.Globalization;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Server.Security;
using Spectre.Console;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet keys</c>: who may call a server with an API key. A running server notices at its next call.</summary>
internal static class KeysCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Whose key it is: a person, a viewer, a program." };
    private static readonly Option<string> Role = new("--role") { Description = $"What the key may do: {Roles.Names}.", Required = true, HelpName = "ROLE" };
    private static readonly Option<string?> Expires = new("--expires") { Description = "How long it is good for, such as 90d or 12h; else until it is revoked.", HelpName = "TIME" };

    public static Command Create() => new("keys", "Makes, lists and revokes the API keys of a server ('mrnet serve').") { Add(), List(), Revoke() };

    private static MrnetCommand Add()
    {
        var command = new MrnetCommand("add", "Makes a key and shows it, this once: only its hash is kept. viewer: segment, own jobs; operator: all jobs, export; trainer: training; admin: everything.",
            """
            mrnet keys add slicer-room-3 --role viewer
            mrnet keys add night-batch --role operator --expires 90d
            """)
        { Name, Role, Expires, ServeSettings.Store, ServeSettings.Config };
        command.SetAction(parsed =>
        {
            var lifetime = parsed.GetValue(Expires) is { } text ? Lifetime(text) : (TimeSpan?)null;
            var key = KeyChanges.Add(ServeSettings.StoreOf(parsed), parsed.GetRequiredValue(Name), parsed.GetRequiredValue(Role), lifetime, Environment.UserName);
            Messages.Line("The key, which is not shown again:");
            Console.WriteLine(key);
        });
        return command;
    }

    private static MrnetCommand List()
    {
        var command = new MrnetCommand("list", "Lists the keys: names, roles, expiry.", "mrnet keys list") { ServeSettings.Store, ServeSettings.Config };
        command.SetAction(parsed =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("name", "role", "made", "expires");
            foreach (var key in KeyChanges.List(ServeSettings.StoreOf(parsed)))
                table.AddRow(Markup.Escape(key.Name), key.Role, Day(key.Created), Expiry(key));
            AnsiConsole.Write(table);
        });
        return command;
    }

    private static MrnetCommand Revoke()
    {
        var command = new MrnetCommand("revoke", "Ends a key: from the next call on it is refused.", "mrnet keys revoke slicer-room-3") { Name, ServeSettings.Store, ServeSettings.Config };
        command.SetAction(parsed =>
        {
            KeyChanges.Revoke(ServeSettings.StoreOf(parsed), parsed.GetRequiredValue(Name), Environment.UserName);
            Messages.Line($"{parsed.GetRequiredValue(Name)} is revoked.");
        });
        return command;
    }


    private static string Expiry(ApiKey key) => key.Expires is { } at ? Day(at) + (key.HasExpired(TimeProvider.System.GetUtcNow()) ? " (expired)" : "") : "never";

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static TimeSpan Lifetime(string text) => int.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 36500
        ? text[^1] switch
        {
            'd' => TimeSpan.FromDays(number),
            'h' => TimeSpan.FromHours(number),
            _ => throw WrongLifetime(text),
        }
        : throw WrongLifetime(text);

    private static InvalidImageException WrongLifetime(string text) => new($"--expires is '{text}'; expected a number of days or hours such as 90d or 12h.");
}
