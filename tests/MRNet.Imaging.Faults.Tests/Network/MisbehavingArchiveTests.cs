using System.Collections.Concurrent;
using MRNet.Dicom.Network;

namespace MRNet.Imaging.Faults.Tests.Network;

/// <summary>
/// Archives that are away, slow, full, half accepting: what may pass is tried again, what is refused is named, and no instance is
/// stored twice. Refusing and aborting ones are in EndToEnd.Tests (DcmtkTests), one that dies in the middle is in ExportTests.
/// </summary>
public sealed class MisbehavingArchiveTests : IDisposable
{
    private const int Count = 9;

    private readonly TemporaryFolder folder = new();
    private readonly string study;

    public MisbehavingArchiveTests()
    {
        study = folder["study"];
        Directory.CreateDirectory(study);
        foreach (var file in Directory.GetFiles(Repository.TestData("ct-nodule")))
            File.Copy(file, Path.Combine(study, Path.GetFileName(file)));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_full_archive_is_tried_again_until_it_has_room()
    {
        var sink = new Sink(folder, (attempt, _) => attempt < 3 ? DicomStatus.OutOfResources : DicomStatus.Success); // A700 for the first three
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = 0 }, sink);

        var run = await ExportAsync($"NODE@127.0.0.1:{listener.Port}");

        Assert.True(run.ExitCode == 0, run.Error);
        Once(sink.Stored);
    }

    [Fact]
    public async Task What_the_archive_cannot_understand_is_named_and_not_tried_again()
    {
        var sink = new Sink(folder, (_, instance) => instance == 4 ? DicomStatus.CannotUnderstand : DicomStatus.Success); // C000
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = 0 }, sink);

        var run = await ExportAsync($"NODE@127.0.0.1:{listener.Port}");

        Assert.Equal(6, run.ExitCode);
        Assert.Contains("C000", run.Error, StringComparison.Ordinal);
        Assert.Equal((Count, Count - 1), (sink.Attempts, sink.Stored.Distinct().Count()));
    }

    [Fact]
    public async Task A_slow_archive_is_waited_for()
    {
        var sink = new Sink(folder, (_, _) => DicomStatus.Success, delay: TimeSpan.FromSeconds(0.3));
        await using var listener = DicomListener.Start(new() { AeTitle = "NODE", Port = 0 }, sink);

        var run = await ExportAsync($"NODE@127.0.0.1:{listener.Port}");

        Assert.True(run.ExitCode == 0, run.Error);
        Once(sink.Stored);
    }

    [Fact]
    public async Task An_archive_that_is_busy_for_a_while_is_tried_again()
    {
        await using var archive = await StubArchive.StartAsync(whole: call => call < 2 ? 503 : 0);

        var run = await ExportAsync(archive.Address);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("503", run.Error, StringComparison.Ordinal);
        Once(archive.Stored);
    }

    [Fact]
    public async Task An_archive_that_takes_a_half_gets_the_other_half_again_and_nothing_twice()
    {
        await using var archive = await StubArchive.StartAsync(refuse: (call, instance) => (ushort)(call == 0 && instance % 2 == 0 ? 0xA700 : 0)); // 202

        var run = await ExportAsync(archive.Address);

        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(2, archive.Calls);
        Once(archive.Stored);
    }

    [Fact]
    public async Task An_archive_that_refuses_all_says_so_and_is_not_asked_again()
    {
        await using var archive = await StubArchive.StartAsync(refuse: (_, _) => 0xA900); // 409

        var run = await ExportAsync(archive.Address);

        Assert.Equal(6, run.ExitCode);
        Assert.Contains("A900", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, archive.Calls);
        Assert.Empty(archive.Stored);
    }

    [Theory]
    [InlineData(401), InlineData(413), InlineData(418)]
    public async Task An_archive_that_will_never_take_it_is_not_asked_again(int status)
    {
        await using var archive = await StubArchive.StartAsync(whole: _ => status);

        var run = await ExportAsync(archive.Address);

        Assert.Equal(6, run.ExitCode);
        Assert.Contains($"{status}", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, archive.Calls);
    }

    /// <summary>Success without a word of the instances is none: SENT means that the other side said so.</summary>
    [Fact]
    public async Task An_archive_that_answers_200_and_names_nothing_has_stored_nothing()
    {
        await using var archive = await StubArchive.StartAsync(whole: _ => 200);

        var run = await ExportAsync(archive.Address, wait: 0);

        Assert.Equal(6, run.ExitCode);
        Assert.DoesNotContain($"{Count} objects stored", run.Output, StringComparison.Ordinal);
    }

    private Task<MrnetProgram.Run> ExportAsync(string to, int wait = 30) => Task.Run(() => MrnetProgram.Mrnet("export", study, "--to", to, "--wait", $"{wait}"));

    private static void Once(ConcurrentBag<string> stored)
    {
        Assert.Equal(Count, stored.Count);
        Assert.Equal(Count, stored.Distinct().Count());
    }

    /// <param name="answer">By the number of the attempt and of the instance among those seen, both from 0.</param>
    private sealed class Sink(TemporaryFolder folder, Func<int, int, DicomStatus> answer, TimeSpan delay = default) : IObjectSink
    {
        private readonly List<string> seen = [];
        private int attempts;

        public ConcurrentBag<string> Stored { get; } = [];

        public int Attempts => attempts;

        public string TemporaryFolder { get; } = Directory.CreateDirectory(folder["in"]).FullName;

        public async ValueTask<DicomStatus> TakeAsync(IncomingObject item, CancellationToken cancellation)
        {
            await Task.Delay(delay, cancellation);
            var attempt = Interlocked.Increment(ref attempts) - 1;
            if (!seen.Contains(item.SopInstance))
                seen.Add(item.SopInstance);
            var status = answer(attempt, seen.IndexOf(item.SopInstance));
            if (status.IsStored)
                Stored.Add(item.SopInstance);
            return status;
        }
    }
}
