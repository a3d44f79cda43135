using System.Diagnostics;
using MRNet.Imaging.Client;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Protocol.V1;
using static MRNet.Imaging.EndToEnd.Tests.Cli.Program;

namespace MRNet.Imaging.EndToEnd.Tests.Cli;

/// <summary><c>mrnet segment --server</c> beside <c>mrnet segment</c>: two processes, the same files.</summary>
public sealed class RemoteSegmentTests(SharedServe server) : IClassFixture<SharedServe>, IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder folder = new();

    private static string CtNodule => Repository.TestData("ct-nodule");

    [Theory]
    [InlineData("all formats")]
    [InlineData("weights, threshold, region and largest part", "--expertness", "0.5,0.3,0.2,0", "--threshold", "0.45", "--region", "at:60,60,4,64,48,5", "--keep-largest")]
    [InlineData("preview", "--quality", "preview")]
    [InlineData("as the network says it", "--no-temperature")]
    public void A_series_gives_the_same_files_there_and_here(string what, params string[] options)
    {
        Compare(CtNodule, options);

        Assert.NotEmpty(what);
    }

    [Fact]
    public void A_nifti_volume_gives_the_same_files_there_and_here()
    {
        Assert.Equal(0, Mrnet("convert", CtNodule, folder["scan.nii.gz"]).ExitCode);

        Compare(folder["scan.nii.gz"], "--modality", "CT");
    }

    [Fact]
    public void A_photograph_gives_the_same_files_there_and_here_and_the_locator_looks_there() =>
        Compare(Repository.TestData("fundus", "fundus.jpg"), "--modality", "OP");

    [Fact]
    public async Task Ctrl_C_cancels_the_job_on_the_server_and_leaves_nothing()
    {
        using var client = MrnetClient.Connect(server.Address);
        Large(folder["big.nii.gz"]);

        var run = Interrupted(Running(client), "segment", folder["big.nii.gz"], "--modality", "CT", "--out", folder["out"], "--server", server.Address);

        Assert.Equal(130, run.ExitCode);
        Assert.False(Directory.Exists(folder["out"]));
        await Until(async () => !await AnyAsync(client, JobState.Queued, JobState.Running));
        Assert.True(await AnyAsync(client, JobState.Cancelled));
    }

    [Theory]
    [InlineData(4, "The server has no model 'nothing'; it has: ct-lung-nodule", "--model", "nothing")]
    [InlineData(2, "weights has 2 values; expected 4", "--expertness", "0.5,0.5")]
    [InlineData(2, "The image is CT; model fundus-optic-disc is for OP", "--model", "fundus-optic-disc")]
    [InlineData(2, "--device says how this computer computes", "--device", "cuda")]
    [InlineData(2, "--precision says how this computer computes", "--precision", "bfloat16")]
    [InlineData(2, "--models says how this computer computes", "--models", "src")]
    [InlineData(2, "--all says how this computer computes", "--all")]
    [InlineData(2, "There is no file nowhere with a token", "--token-file", "nowhere")]
    [InlineData(2, "README.md has 0 certificates", "--ca", "README.md")]
    public void What_does_not_fit_is_said_in_a_sentence_with_its_exit_code(int code, string sentence, params string[] options)
    {
        var run = Mrnet(["segment", CtNodule, "--out", folder["out"], "--server", server.Address, .. options]);

        Assert.Equal(code, run.ExitCode);
        Assert.Contains(sentence, run.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder["out"]));
    }

    [Theory]
    [InlineData(6, "http://127.0.0.1:9", "The server cannot be reached")]
    [InlineData(6, "the port of pages", "speaks no gRPC")]
    [InlineData(6, "https", "certificate")]
    [InlineData(2, "somewhere", "The server's address is 'somewhere'; expected http://host:port")]
    public void A_wrong_address_is_said_to_be_so(int code, string address, string sentence)
    {
        var place = address switch { "the port of pages" => server.WebAddress, "https" => server.Address.Replace("http:", "https:", StringComparison.Ordinal), _ => address };

        var run = Mrnet("segment", CtNodule, "--out", folder["out"], "--server", place);

        Assert.Equal(code, run.ExitCode);
        if (address != "https") // without TLS on the other side there is no certificate to speak of
            Assert.Contains(sentence, run.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_without_a_server_or_unencrypted_over_a_network_is_refused()
    {
        File.WriteAllText(folder["token"], "secret-word\n");

        var alone = Mrnet("segment", CtNodule, "--out", folder["out"], "--token-file", folder["token"]);
        var open = Mrnet("segment", CtNodule, "--out", folder["out"], "--token-file", folder["token"], "--server", "http://192.0.2.1:50051");

        Assert.Equal((2, 2), (alone.ExitCode, open.ExitCode));
        Assert.Contains("--token-file is given without --server", alone.Message, StringComparison.Ordinal);
        Assert.Contains("expected https://", open.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-word", alone.Error + open.Error, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private void Compare(string path, params string[] options)
    {
        var here = Mrnet(["segment", path, "--out", folder["here"], .. options]);
        var there = Mrnet(["segment", path, "--out", folder["there"], "--server", server.Address, .. options]);

        Assert.Equal((0, 0, here.Error), (here.ExitCode, there.ExitCode, there.Error));
        SameFiles.Check(folder["here"], folder["there"]);
    }

    private static Func<bool> Running(MrnetClient client) => () => AnyAsync(client, JobState.Running).GetAwaiter().GetResult();

    private static async Task<bool> AnyAsync(MrnetClient client, params JobState[] states) => await client.ListAsync(states).AnyAsync();

    private static async Task Until(Func<Task<bool>> holds)
    {
        var clock = Stopwatch.StartNew();
        for (; !await holds(); await Task.Delay(50))
            Assert.True(clock.Elapsed < Soon, "It did not come to hold within a minute.");
    }

    /// <summary>A volume of many slices that takes long.</summary>
    private static void Large(string path)
    {
        var grid = new Grid(128, 128, 900);
        NiftiWriter.Write<short>(path, grid, new short[grid.Count]);
    }
}
