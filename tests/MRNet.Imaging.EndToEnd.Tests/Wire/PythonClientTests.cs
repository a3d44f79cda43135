using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Rpc;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.EndToEnd.Tests.Dicom;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.EndToEnd.Tests.Wire;

/// <summary>Another language's gRPC against the real server: what it does stands in scenarios.py.</summary>
public sealed class PythonClientTests(SharedServe server) : IClassFixture<SharedServe>, IDisposable
{
    private static readonly string Python = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3"; // Debian's, which has Debian's packages

    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("ct", "ct-nodule")]
    [InlineData("nifti", "ct-nodule")]
    [InlineData("photograph", "fundus/fundus.jpg")]
    [InlineData("cancel")]
    [InlineData("deadline")]
    [InlineData("submit")]
    [InlineData("errors")]
    [InlineData("reflection")]
    public void A_python_client_goes_through(string scenario, string data = "")
    {
        Assert.SkipUnless(Tools.Run(Python, ["-c", "import grpc, google.protobuf, nibabel, numpy"]).Code == 0, "No python3 with grpcio, protobuf, nibabel and numpy (Debian: python3-grpcio python3-protobuf python3-nibabel).");
        var path = scenario == "nifti" ? Converted(data) : Repository.TestData(data.Split('/'));

        var (code, text) = Tools.Run(Python, [Path.Combine(Repository.Root, "tests", "MRNet.Imaging.EndToEnd.Tests", "Wire", "scenarios.py"), scenario, server.Address, Descriptors(), path]);

        Assert.True(code == 0, text);
    }

    public void Dispose() => folder.Dispose();

    private string Converted(string series)
    {
        Assert.Equal(0, Cli.Program.Mrnet("convert", Repository.TestData(series), folder["scan.nii.gz"]).ExitCode);
        return folder["scan.nii.gz"];
    }

    /// <summary>What protoc makes of protos/ with --descriptor_set_out --include_imports, and of the errors' details.</summary>
    private string Descriptors()
    {
        var files = new List<FileDescriptor>();
        foreach (var file in new[] { SegmentationReflection.Descriptor, StatusReflection.Descriptor, ErrorDetailsReflection.Descriptor })
            Add(files, file);
        File.WriteAllBytes(folder["wire.pb"], new FileDescriptorSet { File = { files.Select(file => file.ToProto()) } }.ToByteArray());
        return folder["wire.pb"];
    }

    private static void Add(List<FileDescriptor> files, FileDescriptor file)
    {
        foreach (var imported in file.Dependencies)
            Add(files, imported);
        if (!files.Contains(file))
            files.Add(file);
    }
}
