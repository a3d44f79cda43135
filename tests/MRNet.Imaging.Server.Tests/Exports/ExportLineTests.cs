using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Exports;
using MRNet.Imaging.Server.Settings;

namespace MRNet.Imaging.Server.Tests.Exports;

/// <summary>What waits for an archive, against archives that are well, away, full and choosy.</summary>
public sealed class ExportLineTests : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = Some.Clock();
    private readonly TestArchive archive = new();
    private readonly ExportStore store;
    private readonly CancellationTokenSource stop = new();

    public ExportLineTests() => store = new(folder["exports.db"]);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await archive.DisposeAsync();
        store.Dispose();
        folder.Dispose();
        stop.Dispose();
    }

    [Theory]
    [InlineData(1, 0.0, 1)]
    [InlineData(2, 0.0, 2)]
    [InlineData(5, 1.0, 20)]
    [InlineData(11, 0.0, 600)]
    [InlineData(100, 1.0, 750)]
    public void The_wait_is_doubled_up_to_ten_minutes_and_a_quarter_longer_by_chance(int failures, double share, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), new ExportOptions().Wait(failures, share));

    [Fact]
    public async Task Each_object_is_sent_once()
    {
        archive.Start();
        Add("1.1", "1.2", "1.3");

        Run();
        await Until(() => store.Count(ExportState.Sent) == 3);

        Assert.Equal(["1.1", "1.2", "1.3"], archive.Taken);
    }

    [Fact]
    public async Task An_archive_that_is_away_is_tried_again_later_each_time()
    {
        Add("1.1");
        Run();
        await Until(() => State("1.1").Attempts == 1);
        Assert.Contains("cannot be reached", State("1.1").Reason, StringComparison.Ordinal);

        await AfterAsync(TimeSpan.FromSeconds(1.25), () => State("1.1").Attempts == 2);
        archive.Start();
        await AfterAsync(TimeSpan.FromSeconds(2.5), () => State("1.1").State == ExportState.Sent);

        Assert.Equal(["1.1"], archive.Taken);
        Assert.Equal("", State("1.1").Reason);
    }

    [Fact]
    public async Task One_object_that_is_not_taken_for_now_does_not_hold_up_the_others()
    {
        archive.Answer = (uid, before) => uid == "1.2" && before < 2 ? DicomStatus.OutOfResources : DicomStatus.Success;
        archive.Start();
        Add("1.1", "1.2", "1.3");

        Run();
        await Until(() => State("1.2").Attempts == 1 && State("1.3").State == ExportState.Sent);
        await AfterAsync(TimeSpan.FromSeconds(1.25), () => State("1.2").Attempts == 2);
        await AfterAsync(TimeSpan.FromSeconds(2.5), () => State("1.2").State == ExportState.Sent);

        Assert.Equal(["1.1", "1.2", "1.3", "1.2", "1.2"], archive.Taken);
    }

    [Fact]
    public async Task What_is_refused_for_good_is_parked_with_the_reason_and_not_sent_again()
    {
        archive.Answer = (uid, _) => uid == "1.2" ? new DicomStatus(0xA900) : DicomStatus.Success;
        archive.Start();
        Add("1.1", "1.2");
        var line = Run();
        await Until(() => State("1.2").State == ExportState.Parked);

        Add("1.3");
        line.Wake();
        await Until(() => State("1.3").State == ExportState.Sent);

        Assert.Contains("A900 (data set does not match the SOP class)", State("1.2").Reason, StringComparison.Ordinal);
        Assert.Equal(["1.1", "1.2", "1.3"], archive.Taken);
    }

    [Fact]
    public async Task An_archive_that_knows_us_not_parks_all_at_once()
    {
        archive.Start(title: "ANOTHER");
        Add("1.1", "1.2");

        Run();
        await Until(() => store.Count(ExportState.Parked) == 2);

        Assert.Empty(archive.Taken);
        Assert.NotEqual("", State("1.1").Reason);
    }

    [Fact]
    public async Task After_three_days_it_is_given_up()
    {
        Add("1.1");
        Run();
        await Until(() => State("1.1").Attempts == 1);

        await AfterAsync(TimeSpan.FromHours(73), () => State("1.1").State == ExportState.Parked);

        Assert.StartsWith("Tried for 72 h: ", State("1.1").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_stopped_server_left_is_sent_after_its_next_start_and_nothing_twice()
    {
        archive.Answer = (uid, _) => uid == "1.2" ? DicomStatus.OutOfResources : DicomStatus.Success;
        archive.Start();
        Add("1.1", "1.2");
        Run();
        await Until(() => State("1.2").Attempts == 1);
        await stop.CancelAsync();

        archive.Answer = (_, _) => DicomStatus.Success;
        using var again = new CancellationTokenSource();
        Run(again.Token);
        await Until(() => State("1.2").State == ExportState.Sent);
        await again.CancelAsync();

        Assert.Equal(["1.1", "1.2", "1.2"], archive.Taken);
    }

    [Fact]
    public async Task An_object_whose_result_is_gone_is_parked()
    {
        archive.Start();
        store.Add([new("job", "archive", "1.9", "gone.dcm", ExportState.Pending, 0, clock.GetUtcNow(), "")]);

        Run();
        await Until(() => State("1.9").State == ExportState.Parked);

        Assert.Contains("gone", State("1.9").Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nobody", "Pacs:archive:Address is 'nobody'")]
    [InlineData("https://user:secret@pacs/dicom-web", "Pacs:archive:Address is")]
    public void An_address_that_is_none_is_told(string address, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<WrongSettingException>(() => new Archive("archive", new() { Address = address })).Message, StringComparison.Ordinal);

    private StoredExport State(string uid) => store.Of("job").Single(one => one.SopUid == uid);

    private void Add(params string[] uids)
    {
        foreach (var uid in uids)
            new DicomFile(new DicomDataset()
                .Add(DicomTag.SOPClassUID, DicomUID.SegmentationStorage.UID).Add(DicomTag.SOPInstanceUID, uid)
                .Add(DicomTag.StudyInstanceUID, "1.2").Add(DicomTag.SeriesInstanceUID, "1.3")).Save(folder[uid]);
        store.Add([.. uids.Select(uid => new StoredExport("job", "archive", uid, uid, ExportState.Pending, 0, clock.GetUtcNow(), ""))]);
    }

    private ExportLine Run(CancellationToken? cancellation = null)
    {
        var line = new ExportLine(
            new Archive("archive", new() { Address = archive.Address }), store, one => File.Exists(folder[one.File]) ? folder[one.File] : null, new(), clock, new Random(1), NullLogger.Instance, _ => { });
        _ = line.RunAsync(cancellation ?? stop.Token);
        return line;
    }

    /// <summary>Lets the clock run on, as often as it takes: the line may not have begun to wait.</summary>
    private async Task AfterAsync(TimeSpan time, Func<bool> holds)
    {
        for (var i = 0; i < 100 && !holds(); i++)
        {
            await Task.Delay(50);
            if (i % 10 == 0)
                clock.Advance(time);
        }

        Assert.True(holds());
    }

    private static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 2000 && !holds(); i++)
            await Task.Delay(5);
        Assert.True(holds());
    }
}
