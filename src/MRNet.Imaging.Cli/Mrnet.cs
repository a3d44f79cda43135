using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MRNet.Imaging.Cli.Commands;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Cli;

/// <summary>The command line: all commands, and the one place where errors become exit codes.</summary>
public static class Mrnet
{
    private const string Examples = """
        mrnet segment testdata/ct-nodule --out out
        mrnet convert testdata/ct-nodule nodule.nii.gz
        mrnet models list
        mrnet doctor
        """;

    public static RootCommand Root()
    {
        var root = new RootCommand("Calibrated segmentation of medical images that keeps the raters' disagreement. Not a medical device.")
        {
            SegmentCommand.Create(),
            ConvertCommand.Create(),
            InspectCommand.Create(),
            AnonymizeCommand.Create(),
            ModelsCommand.Create(),
            DataCommand.Create(),
            TrainCommand.Create(),
            ServeCommand.Create(),
            WorkCommand.Create(),
            ExportCommand.Create(),
            DicomCommand.Create(),
            KeysCommand.Create(),
            ExperimentCommand.Create(),
            EvaluateCommand.Create(),
            DoctorCommand.Create(),
            VerifyCommand.Create(),
            CompletionCommand.Create(),
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, Examples);
        return root;
    }

    /// <returns>The exit code: 0 done, 1 wrong usage or a fault of ours, 2..6 by kind of error, 130 cancelled.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        if (DecoderProcess.IsAsked(args))
            return DecoderProcess.Serve();
        DecoderProcess.Use();
        var parsed = Root().Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Action is ParseErrorAction wrong)
            wrong.ShowHelp = false; // the sentence is enough; --help is there
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = ToEnd(parsed) });
        }
        catch (Exception error)
        {
            return Report(error, parsed.GetValue(CommonOptions.Verbose));
        }
    }

    /// <summary>How long a command that is told to end may take. Server and worker let running jobs end, and bound that themselves (Jobs:Drain, Jobs:MaxRun).</summary>
    private static TimeSpan ToEnd(ParseResult parsed) => parsed.CommandResult.Command.Name is "serve" or "work" ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(20);

    /// <summary>One line for what a user can act on; a stack only for faults of ours.</summary>
    private static int Report(Exception error, bool verbose)
    {
        var code = ExitCodeOf(error);
        if (error is OperationCanceledException)
            Messages.Note("Cancelled; nothing half-written is left.");
        else if ((code == 1 && error is not ImagingException) || verbose)
            Messages.Error(error.ToString());
        else
            Messages.Error(error.Message);
        return code;
    }

    internal static int ExitCodeOf(Exception error) => error switch
    {
        WrongSettingException => 1,
        InvalidImageException => 2,
        UnsupportedImageException => 3,
        WeightsException or NotANumberException => 4,
        ResourceLimitException or IOException or UnauthorizedAccessException or OutOfMemoryException => 5,
        PeerException => 6,
        OperationCanceledException => 130,
        _ => 1,
    };
}
