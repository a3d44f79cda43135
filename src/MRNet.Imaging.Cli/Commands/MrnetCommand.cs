using System.CommandLine;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>A command that shows examples in its help.</summary>
/// <param name="examples">Command lines, one on each line.</param>
internal sealed class MrnetCommand(string name, string description, string examples) : Command(name, description)
{
    public string Examples { get; } = examples;
}
