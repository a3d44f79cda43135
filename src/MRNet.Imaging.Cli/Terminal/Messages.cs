using Spectre.Console;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>What is said to a person, on standard error; results go to standard output.</summary>
internal static class Messages
{
    /// <summary>Standard error, so that a pipe gets results only.</summary>
    public static IAnsiConsole Console { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(System.Console.Error) });

    public static void Error(string text) => Write("error", "red", text);

    public static void Warning(string text) => Write("warning", "yellow", text);

    public static void Note(string text) => Write("note", "grey", text);

    /// <summary>A line of a long run's course.</summary>
    public static void Line(string text) => Console.WriteLine(text);

    /// <summary>One line however long: a message that is cut into lines cannot be searched for.</summary>
    private static void Write(string kind, string colour, string text)
    {
        if (Console.Profile.Capabilities.Ansi)
            Console.Markup($"[{colour}]{kind}:[/] ");
        else
            System.Console.Error.Write(kind + ": ");
        System.Console.Error.WriteLine(text);
    }
}
