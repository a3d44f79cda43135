using System.Reflection;
using MRNet.Dicom;

namespace MRNet.Imaging.Cli;

/// <summary>
/// <c>mrnet decode-frames</c>, which no user calls: this program, started again by itself to decode JPEG 2000. Images come from strangers, and damaged ones
/// make libopenjp2 end its process.
/// </summary>
internal static class DecoderProcess
{
    private const string Verb = "decode-frames";

    public static bool IsAsked(string[] args) => args is [Verb];

    /// <summary>Answers frames until whoever started it is gone.</summary>
    public static int Serve()
    {
        FrameCodecs.ServeChild(Console.OpenStandardInput(), Console.OpenStandardOutput());
        return 0;
    }

    /// <summary>From now on such frames go to a process of their own. Only this program knows how to start itself again; a program around it does not.</summary>
    public static void Use()
    {
        var self = typeof(DecoderProcess).Assembly;
        if (Assembly.GetEntryAssembly() != self || Environment.ProcessPath is not { } program)
            return;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            FrameCodecs.DecodeInChildren(program, self.Location, Verb);
        else
            FrameCodecs.DecodeInChildren(program, Verb);
    }
}
