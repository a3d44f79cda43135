using System.Diagnostics;

namespace MRNet.Imaging.EndToEnd.Tests.Dicom;

/// <summary>Other people's programs; a test skips, saying which, where one is absent.</summary>
internal static class Tools
{
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";

    /// <summary>Output of the read-back script; fails with its message when voxels differ.</summary>
    public static string ReadBack(string file, string source, string expected)
    {
        Assert.SkipUnless(Run(Python, ["-c", "import pydicom, numpy"]).Code == 0, "No python3 with pydicom and numpy.");
        var (code, text) = Run(Python, [Path.Combine(Repository.Root, "tests", "MRNet.Imaging.EndToEnd.Tests", "Dicom", "read_back.py"), file, source, expected]);
        Assert.True(code == 0, $"{Path.GetFileName(file)}: {text}");
        return text.Trim();
    }

    /// <summary>Lines "label unit value" of a measurement report's groups as pydicom reads them, checked against the Segmentation it names; dsrdump must take it without a word.</summary>
    public static string Report(string file, string segmentation)
    {
        Assert.SkipUnless(Run(Python, ["-c", "import pydicom"]).Code == 0, "No python3 with pydicom.");
        var (code, text) = Run(Python, [Path.Combine(Repository.Root, "tests", "MRNet.Imaging.EndToEnd.Tests", "Dicom", "read_report.py"), file, segmentation]);
        Assert.True(code == 0, text);
        var dump = Run("dsrdump", ["+Pf", file]);
        if (dump.Code != Absent)
            Assert.True(dump.Code == 0 && !dump.Text.Contains("E: ", StringComparison.Ordinal) && !dump.Text.Contains("W: ", StringComparison.Ordinal), dump.Text);
        return text;
    }

    /// <summary>dciodvfy's errors.</summary>
    public static string[] Errors(string file)
    {
        var (code, text) = Run("dciodvfy", [file]);
        Assert.SkipWhen(code == Absent, "No dciodvfy (Debian: dicom3tools).");
        Assert.True(code < 128, $"dciodvfy crashed with {code}.");
        // The tool is older than label maps (2024) and says so of every one.
        return [.. text.Split('\n').Where(line => line.StartsWith("Error", StringComparison.Ordinal) && !line.EndsWith("Information Object Not found", StringComparison.Ordinal) && !line.EndsWith("with SegmentNumber of 0", StringComparison.Ordinal))];
    }

    /// <summary>The validator of the shared tools, with the rules of real viewers counted as errors.</summary>
    public static void Validate(string folder, string source)
    {
        var script = Shared.Folder is null ? "" : Path.Combine(Shared.Folder, "tools", "validate_dicom.sh");
        Assert.SkipUnless(File.Exists(script), "No tools/validate_dicom.sh in the shared folder.");
        // The script wants the source as a folder.
        using var copy = new TemporaryFolder();
        if (File.Exists(source))
            File.Copy(source, copy["source.dcm"]);
        var (code, text) = Run("bash", [script, "--strict", "--quiet", "--source", File.Exists(source) ? Path.GetDirectoryName(copy["source.dcm"])! : source, folder]);
        Assert.SkipWhen(code == 2, text);
        Assert.True(code == 0, text);
    }

    public const int Absent = -1;

    public static (int Code, string Text) Run(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (Absent, $"{program} is not installed");
        }
    }
}
