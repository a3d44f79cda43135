using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;

namespace MRNet.Imaging.Segmentation;

/// <summary>
/// Which models' convolutions were found right on this machine before: the check takes 2 s at full width, and comes out the
/// same on the same processor with the same libtorch and weights. 'mrnet doctor' always checks anew.
/// </summary>
/// <param name="file">One line for each check that passed, the latest last. Where it cannot be kept, every start checks.</param>
internal sealed class PassedChecks(string file)
{
    private const int Kept = 64;

    public static PassedChecks OfUser { get; } = new(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "mrnet", "passed-checks"));

    public bool Hold(string check) => Lines().Contains(Hash(check));

    public void Add(string check)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
            using var whole = new AtomicFile(file);
            using (var writer = new StreamWriter(whole.Stream, leaveOpen: true))
                foreach (var line in Lines().Append(Hash(check)).TakeLast(Kept))
                    writer.WriteLine(line);
            whole.Commit();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // no place to keep it
        }
    }

    /// <summary>What a machine's numbers depend on: the processor's model and features, what limits libtorch's choice of kernels, and versions.</summary>
    public static string Machine { get; } = string.Join(
        '/', Processor(), RuntimeInformation.OSDescription, torch.__version__, typeof(PassedChecks).Assembly.GetName().Version,
        Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA"), Environment.GetEnvironmentVariable("ATEN_CPU_CAPABILITY"), Environment.GetEnvironmentVariable("MKL_ENABLE_INSTRUCTIONS"));

    private static string Processor() => X86Base.IsSupported
        ? $"{X86Base.CpuId(1, 0).Eax:x8} {X86Base.CpuId(7, 0)} {X86Base.CpuId(7, 1)}"
        : RuntimeInformation.ProcessArchitecture.ToString();

    private string[] Lines()
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string Hash(string check) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(check)));
}
