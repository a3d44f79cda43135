using System.CommandLine;
using System.Runtime.InteropServices;
using MRNet.Dicom;
using MRNet.Imaging.Model;
using MRNet.Imaging.Model.Inference;
using MRNet.Imaging.Segmentation;
using TorchSharp;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet doctor</c>: what this machine has, and whether it computes the installed models rightly.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new MrnetCommand("doctor", "Says what this machine has and checks that it computes the installed models rightly. Fails when it does not.",
            """
            mrnet doctor
            """)
        { CommonOptions.Models };
        command.SetAction(parsed => Run(CommonOptions.Store(parsed)));
        return command;
    }

    private static int Run(ModelStore store)
    {
        Line("mrnet", typeof(DoctorCommand).Assembly.GetName().Version!.ToString(3));
        Line("libtorch", $"{torch.__version__}, {torch.get_num_threads()} threads");
        Line("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, .NET {Environment.Version}");
        Line("processor", $"{Environment.ProcessorCount} x {Processor()}");
        Line("precision", InferenceNetwork.HasBFloat16 ? "float32, bfloat16" : "float32 (bfloat16 needs AVX-512 BF16 or AMX)");
        Line("GPU", torch.cuda.is_available() ? $"{torch.cuda.device_count()} CUDA device(s)" : "none (this build runs on the CPU)");
        Line("disk", $"{new DriveInfo(Path.GetTempPath()).AvailableFreeSpace / 1_000_000_000} GB free for temporary files");
        foreach (var codec in NativeCodecs.Describe())
            Line("codec", codec.IsAvailable ? $"{codec.Name} {codec.Version}".TrimEnd() : $"{codec.Name}: absent; needs {codec.Needs}");

        var faults = new List<string>();
        var wrong = store.List(faults).Count(model => !Check(model));
        foreach (var fault in faults)
            Line("model", "FAULT " + fault);
        return wrong + faults.Count == 0 ? 0 : 4;
    }

    private static bool Check(StoredModel model)
    {
        try
        {
            return Computes(model);
        }
        catch (WeightsException error)
        {
            Line("model", $"FAULT {model.Descriptor.Id}: {error.Message}");
            return false;
        }
    }

    private static bool Computes(StoredModel model)
    {
        using var network = InferenceNetwork.TakeOver(ModelFile.LoadWeights(model.Path, model.Descriptor.Network));
        var results = ConvolutionCheck.Run(network, model.Descriptor.Preparation.Size);
        var wrong = results.Where(result => !result.Right).ToArray();
        Line("model", wrong.Length == 0
            ? FormattableString.Invariant($"{model.Descriptor.Id} {model.Descriptor.Version}: all {results.Count} convolutions right (off by {results.Max(result => result.Error):0.0e+0} at most), computed {How(network.Path)}")
            : $"{model.Descriptor.Id} {model.Descriptor.Version}: {wrong.Length} of {results.Count} convolutions WRONG; do not use it on this machine");
        foreach (var result in wrong)
            Line("", result.ToString());
        return wrong.Length == 0;
    }

    private static string How(InferencePath path) => path == InferencePath.Plain
        ? "by plain torch operations (no oneDNN kernels for this processor and system)"
        : "by packed oneDNN kernels";

    private static string Processor()
    {
        const string information = "/proc/cpuinfo";
        var name = File.Exists(information)
            ? File.ReadLines(information).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        return name ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static void Line(string what, string text) => Console.Out.WriteLine($"{what,-10} {text}");
}
