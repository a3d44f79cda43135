using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Server.Archives;
using MRNet.Imaging.Server.Exports;

namespace MRNet.Imaging.Server.Tests.Exports;

/// <summary>What waits for an archive while its rows cannot be written: a full or broken disk, at any write in turn.</summary>
public sealed class ExportFaultTests : IDisposable
{
    private static readonly string[] Objects = ["1.1", "1.2", "1.3"];

    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = Some.Clock();

    public void Dispose() => folder.Dispose();

    /// <summary>One object is taken, one at the second try, one is refused; what is not recorded is sent once more, and nothing is lost.</summary>
    /// <param name="lasting">The n-th write and all after it fail, until a restart finds room again; else the n-th alone.</param>
    [Theory]
    [InlineData(false), InlineData(true)]
    public async Task Survives_a_failure_of_any_write_of_its_rows(bool lasting)
    {
        for (var n = 1; ; n++)
        {
            var path = folder[$"{lasting}-{n}.db"];
            await using var archive = new TestArchive
            {
                Answer = (uid, before) => uid == "1.3" ? new DicomStatus(0xA900) : uid == "1.2" && before == 0 ? DicomStatus.OutOfResources : DicomStatus.Success,
            }.Start();

            var isMet = await UntilItFailsAsync(path, archive, n, lasting);
            await AfterARestartAsync(path, archive);

            Assert.Equal(Objects, archive.Taken.Distinct().Order());
            if (!lasting)
                Assert.InRange(archive.Taken.Length, 4, isMet ? 5 : 4);
            if (isMet)
                continue;
            Assert.True(n > 2 * Objects.Length); // each object's row is written twice at least
            break;
        }
    }

    private async Task<bool> UntilItFailsAsync(string path, TestArchive archive, int n, bool lasting)
    {
        using var store = new ExportStore(path);
        Execute(path, Fault(n, lasting));
        var isMet = !Asked(store);
        if (!isMet)
            await RunAsync(store, archive, () => Settled(store) || (lasting && Left(path) <= 0));
        return isMet || Left(path) <= 0;
    }

    private async Task AfterARestartAsync(string path, TestArchive archive)
    {
        Execute(path, "DROP TRIGGER IF EXISTS on_insert; DROP TRIGGER IF EXISTS on_update; DROP TRIGGER IF EXISTS on_delete; DROP TRIGGER IF EXISTS on_want");
        using var store = new ExportStore(path);
        var before = store.Of("job").Where(one => one.State != ExportState.Pending).ToList();
        var sent = archive.Taken.Length;

        if (before.Count == 0)
            Assert.True(Asked(store)); // the caller had no answer and asks again
        await RunAsync(store, archive, () => Settled(store));

        Assert.Equal([ExportState.Sent, ExportState.Sent, ExportState.Parked], store.Of("job").Select(one => one.State));
        Assert.DoesNotContain(archive.Taken.Skip(sent), uid => before.Exists(one => one.SopUid == uid));
        Assert.Empty(store.Wants());
    }

    /// <summary>As a job with a route does it: wanted when it is taken, added when it is done. False where the store could not; it then has all of a step or nothing.</summary>
    private bool Asked(ExportStore store)
    {
        try
        {
            store.Want("job", ["archive"]);
            store.Add([.. Objects.Select(uid => new StoredExport("job", "archive", uid, uid, ExportState.Pending, 0, clock.GetUtcNow(), ""))]);
            store.Forget("job");
            return true;
        }
        catch (SqliteException)
        {
            Assert.Contains(store.Of("job").Count, new[] { 0, Objects.Length });
            Assert.Equal(store.Of("job").Count > 0 || store.Wants().Count > 0, store.IsOpen("job"));
            return false;
        }
    }

    private async Task RunAsync(ExportStore store, TestArchive archive, Func<bool> holds)
    {
        using var stop = new CancellationTokenSource();
        using var line = new ExportLine(
            new Archive("archive", new() { Address = archive.Address }), store, one => FileOf(one.File), new(), clock, new Random(1), NullLogger.Instance, _ => { });
        var running = line.RunAsync(stop.Token);
        for (var i = 0; i < 6000 && !holds(); i++)
        {
            await Task.Delay(5);
            if (i % 10 == 9)
                clock.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.True(holds());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private string FileOf(string uid)
    {
        if (!File.Exists(folder[uid]))
            new DicomFile(new DicomDataset()
                .Add(DicomTag.SOPClassUID, DicomUID.SegmentationStorage.UID).Add(DicomTag.SOPInstanceUID, uid)
                .Add(DicomTag.StudyInstanceUID, "1.2").Add(DicomTag.SeriesInstanceUID, "1.3")).Save(folder[uid]);
        return folder[uid];
    }

    private static bool Settled(ExportStore store) => store.Of("job") is { Count: 3 } all && all.All(one => one.State != ExportState.Pending);

    /// <summary>The file counts its own writes. FAIL, unlike ABORT, keeps the count of the statement that it ends.</summary>
    private static string Fault(int n, bool lasting)
    {
        var count = $"BEGIN UPDATE faults SET left = left - 1; SELECT RAISE(FAIL, 'disk I/O error') WHERE (SELECT left FROM faults) {(lasting ? "<=" : "=")} 0; END;";
        return $"""
            CREATE TABLE faults (left INTEGER); INSERT INTO faults VALUES ({n});
            CREATE TRIGGER on_insert BEFORE INSERT ON exports {count}
            CREATE TRIGGER on_update BEFORE UPDATE ON exports {count}
            CREATE TRIGGER on_want BEFORE INSERT ON wants {count}
            CREATE TRIGGER on_delete BEFORE DELETE ON wants {count}
            """;
    }

    private static long Left(string path) => (long)Execute(path, "SELECT left FROM faults")!;

    private static object? Execute(string path, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}
