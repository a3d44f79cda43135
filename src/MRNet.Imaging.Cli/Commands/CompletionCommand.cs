using System.CommandLine;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet completion</c>: a script with which a shell completes our commands and options.</summary>
internal static class CompletionCommand
{
    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        var command = new MrnetCommand("completion", "Prints a script that completes commands and options in a shell.",
            """
            mrnet completion bash >> ~/.bashrc
            """)
        { shell };
        command.SetAction(parsed => Console.Out.WriteLine(Script(parsed.GetRequiredValue(shell))));
        return command;
    }

    /// <summary>All of them ask the program itself, through its [suggest] directive.</summary>
    private static string Script(string shell) => shell switch
    {
        "bash" => """
            _mrnet() {
                local IFS=$'\n'
                COMPREPLY=($(compgen -W "$(mrnet "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _mrnet mrnet
            """,
        "zsh" => """
            _mrnet() {
                local -a found
                found=("${(@f)$(mrnet "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
                compadd -- $found
                _files
            }
            compdef _mrnet mrnet
            """,
        "fish" => "complete -c mrnet -a '(mrnet \"[suggest:\"(commandline -C)\"]\" (commandline) 2>/dev/null)'",
        _ => """
            Register-ArgumentCompleter -Native -CommandName mrnet -ScriptBlock {
                param($wordToComplete, $commandAst, $cursorPosition)
                mrnet "[suggest:$cursorPosition]" "$commandAst" 2>$null | Where-Object { $_ -like "$wordToComplete*" }
            }
            """,
    };
}
