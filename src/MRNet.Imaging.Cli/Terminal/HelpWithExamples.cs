using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MRNet.Imaging.Cli.Commands;

namespace MRNet.Imaging.Cli.Terminal;

/// <summary>The ordinary help, then examples.</summary>
internal sealed class HelpWithExamples(HelpAction ordinary, string ofAll) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        var code = ordinary.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in ((parseResult.CommandResult.Command as MrnetCommand)?.Examples ?? ofAll).Split('\n'))
            output.WriteLine("  " + line.Trim());
        return code;
    }
}
