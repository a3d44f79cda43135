using MRNet.Imaging.Server.Exports;

namespace MRNet.Imaging.Server.Tests.Exports;

public sealed class ExportStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_restart_keeps_what_waits_what_was_sent_and_what_was_refused()
    {
        using (var store = new ExportStore(folder["exports.db"]))
        {
            store.Add([One("a"), One("b"), One("c")]);
            store.Tried(One("a"), "away");
            store.Sent(One("b"));
            store.Park(One("c"), "refused");
        }

        using var again = new ExportStore(folder["exports.db"]);
        Assert.Equal(
            [("a", ExportState.Pending, 1, "away"), ("b", ExportState.Sent, 0, ""), ("c", ExportState.Parked, 0, "refused")],
            again.Of("job").Select(one => (one.SopUid, one.State, one.Attempts, one.Reason)));
        Assert.Equal(["a"], again.Pending("pacs").Select(one => one.SopUid));
        Assert.Empty(again.Pending("other"));
        Assert.True(again.IsOpen("job"));
    }

    [Fact]
    public void Asked_for_again_what_was_refused_waits_again_and_the_rest_stays()
    {
        using var store = new ExportStore(folder["exports.db"]);
        store.Add([One("a"), One("b"), One("c")]);
        store.Tried(One("a"), "away");
        store.Sent(One("b"));
        store.Park(One("c"), "refused");

        store.Add([One("a"), One("b"), One("c")]);

        Assert.Equal(
            [("a", ExportState.Pending, 1), ("b", ExportState.Sent, 0), ("c", ExportState.Pending, 0)],
            store.Of("job").Select(one => (one.SopUid, one.State, one.Attempts)));
    }

    [Fact]
    public void A_job_that_is_gone_leaves_nothing()
    {
        using var store = new ExportStore(folder["exports.db"]);
        store.Add([One("a")]);

        store.Remove("job");

        Assert.Empty(store.Of("job"));
        Assert.False(store.IsOpen("job"));
    }

    private static StoredExport One(string uid) => new("job", "pacs", uid, uid + ".dcm", ExportState.Pending, 0, Some.Noon, "");
}
