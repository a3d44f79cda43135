using System.Diagnostics;
using System.Text.Json;
using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.Tests.Nifti;

/// <summary>What we wrote, read by nibabel.</summary>
[Trait("Category", "Interop")]
public class NiftiInteropTests
{
    private const string Script = """
        import sys, json, nibabel, numpy
        image = nibabel.load(sys.argv[1])
        q = image.get_qform(coded=True)
        s = image.get_sform(coded=True)
        print(json.dumps(dict(
            sform=s[0].ravel().tolist(), qform=q[0].ravel().tolist(), codes=[int(s[1]), int(q[1])],
            version=2 if 'Nifti2' in type(image).__name__ else 1,
            units=image.header.get_xyzt_units()[0], dtype=str(image.get_data_dtype()),
            values=image.get_fdata().ravel(order='F').tolist())))
        """;

    [Theory]
    [InlineData("plain", "a.nii", 1)]
    [InlineData("oblique left-handed", "a.nii.gz", 1)]
    [InlineData("reversed", "a.nii.gz", 1)]
    [InlineData("reversed oblique", "a.nii", 1)]
    [InlineData("oblique left-handed", "a.nii", 2)]
    [InlineData("reversed", "a.nii.gz", 2)]
    [InlineData("reversed oblique", "a.hdr", 1)]
    [InlineData("oblique left-handed", "a.img", 2)]
    public void Nibabel_finds_the_same_voxels_at_the_same_places(string kind, string name, int version)
    {
        using var folder = new TemporaryFolder();
        var oblique = Some.ObliqueGrid();
        var grid = kind switch
        {
            "plain" => Some.Grid(),
            "reversed" => Some.Grid() with { DirectionX = new(-1, 0, 0), DirectionZ = new(0, 0, -1) },
            "reversed oblique" => oblique with { DirectionX = -oblique.DirectionX, DirectionY = -oblique.DirectionY },
            _ => oblique,
        };
        var volume = Some.Volume(grid);

        NiftiWriter.Write(folder[name], volume, nifti2: version == 2);
        var found = ReadWithNibabel(folder[name]);

        Assert.Equal(volume.Samples.Select(value => (double)value), Numbers(found, "values"));
        Assert.Equal(version, found.GetProperty("version").GetInt32());
        Assert.Equal([1.0, 1.0], Numbers(found, "codes"));
        Assert.Equal("mm", found.GetProperty("units").GetString());
        AssertSame(grid, Numbers(found, "sform"), 1e-5);
        AssertSame(grid, Numbers(found, "qform"), 1e-3);
    }

    [Fact]
    public void Nibabel_reads_bytes_and_shorts()
    {
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["a.nii.gz"], new Grid(3, 1, 1), (ReadOnlySpan<byte>)[0, 1, 255]);
        NiftiWriter.Write(folder["b.nii.gz"], new Grid(3, 1, 1), (ReadOnlySpan<short>)[-32768, 0, 32767]);

        var (bytes, shorts) = (ReadWithNibabel(folder["a.nii.gz"]), ReadWithNibabel(folder["b.nii.gz"]));

        Assert.Equal(("uint8", "int16"), (bytes.GetProperty("dtype").GetString(), shorts.GetProperty("dtype").GetString()));
        Assert.Equal([0, 1, 255], Numbers(bytes, "values"));
        Assert.Equal([-32768, 0, 32767], Numbers(shorts, "values"));
    }

    private static void AssertSame(Grid grid, double[] matrix, double tolerance)
    {
        foreach (var (i, j, k) in new[] { (0, 0, 0), (4, 0, 0), (0, 3, 0), (0, 0, 2), (4, 3, 2) })
        {
            var lps = grid.ToPatient(i, j, k);
            double[] ras = [-lps.X, -lps.Y, lps.Z];
            for (var axis = 0; axis < 3; axis++)
                Assert.Equal(ras[axis], matrix[axis * 4] * i + matrix[axis * 4 + 1] * j + matrix[axis * 4 + 2] * k + matrix[axis * 4 + 3], tolerance);
        }
    }

    private static double[] Numbers(JsonElement found, string name) => [.. found.GetProperty(name).EnumerateArray().Select(n => n.GetDouble())];

    private static JsonElement ReadWithNibabel(string path)
    {
        var (ok, output) = Run(Python() ?? "", Script, path);
        Assert.True(ok, output);
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>A Python with nibabel; the distribution's own is often not the first on the path.</summary>
    private static string? Python()
    {
        string[] candidates = [Environment.GetEnvironmentVariable("MRNET_PYTHON") ?? "python3", "python3", "/usr/bin/python3"];
        var python = candidates.FirstOrDefault(candidate => Run(candidate, "import nibabel, numpy").Ok);
        Assert.SkipWhen(python is null, "No Python with nibabel: apt-get install python3-nibabel.");
        return python;
    }

    private static (bool Ok, string Output) Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["-c", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode == 0, process.ExitCode == 0 ? output : errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (false, "");
        }
    }
}
