using System.Diagnostics;
using System.Globalization;
using MRNet.Imaging.Client;
using MRNet.Imaging.EndToEnd.Tests.Network;
using MRNet.Imaging.Protocol.V1;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary><c>mrnet serve --engine</c> and <c>mrnet work</c> around a real nats-server: four processes, the same files as of one.</summary>
public sealed class WorkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static string CtNodule => Repository.TestData("ct-nodule");

    [Fact]
    public async Task A_worker_computes_what_this_computer_would_and_ends_gently()
    {
        var port = FreePort.One();
        var url = $"nats://127.0.0.1:{port}";
        using var nats = await PeerProcess.StartAsync("nats-server", port, "nats-server", "-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture), "-js", "-sd", folder["nats"]);
        using var server = new RunningServe(folder["data"], "--engine", url);
        await server.ReadyAsync();
        using var worker = Process.Start(new ProcessStartInfo(Executable, ["work", "--engine", url]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (said, more) = (worker.StandardError.ReadToEndAsync(), worker.StandardOutput.ReadToEndAsync());

        var here = Mrnet("segment", CtNodule, "--out", folder["here"]);
        var there = Mrnet("segment", CtNodule, "--out", folder["there"], "--server", server.Address);
        var kinds = await ObjectsAsync(server.Address);
        using (var kill = Process.Start("/bin/kill", ["-TERM", worker.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await worker.WaitForExitAsync();

        Assert.Equal((0, 0, here.Error), (here.ExitCode, there.ExitCode, there.Error));
        SameFiles.Check(folder["here"], folder["there"]);
        Assert.Equal([Output.DicomSeg, Output.DicomParametricMap, Output.DicomSr, Output.DicomSc, Output.Nifti], kinds);
        Assert.Equal(0, worker.ExitCode);
        Assert.Contains("is done.", await said + await more, StringComparison.Ordinal);
        Assert.Equal(0, await server.TerminateAsync());
    }

    [Theory]
    [InlineData("--engine is missing; expected the NATS server")]
    [InlineData("--engine is 'http://host'; expected nats://HOST", "--engine", "http://host")]
    [InlineData("Nats:CredentialsFile names nowhere, which cannot be read", "--engine", "nats://127.0.0.1:9", "--creds", "nowhere")]
    public void What_does_not_fit_is_said_in_a_sentence(string sentence, params string[] options)
    {
        var run = Mrnet(["work", .. options]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(sentence, run.Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    /// <summary>All objects that the server writes itself, of what the worker sent.</summary>
    private static async Task<Output[]> ObjectsAsync(string address)
    {
        using var client = MrnetClient.Connect(address);
        Output[] outputs = [Output.DicomSeg, Output.DicomParametricMap, Output.DicomSr, Output.DicomSc, Output.Nifti];
        var answer = await client.SegmentAsync([.. Directory.GetFiles(CtNodule).Order()], ImageKind.Dicom, new() { ModelId = "ct-lung-nodule", Outputs = { outputs } });
        return [.. answer.Objects.Select(part => part.Header.Kind).Distinct()];
    }
}
