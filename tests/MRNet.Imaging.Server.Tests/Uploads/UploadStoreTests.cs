using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Uploads;

namespace MRNet.Imaging.Server.Tests.Uploads;

public sealed class UploadStoreTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly FakeTimeProvider clock = Some.Clock();
    private readonly DataFolder data;

    public UploadStoreTests() => data = new DataFolder(folder["data"], new DiskFileSystem());

    public void Dispose()
    {
        data.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Keeps_what_was_sent_byte_for_byte_under_names_of_its_own()
    {
        var store = Some.Uploads(data);
        var receiver = store.Begin("anna", "");
        receiver.Announce(Some.Header("Mueller^Anna.dcm", 5));
        receiver.Take(0, [1, 2]);
        receiver.Take(2, [3, 4, 5]);
        receiver.Announce(Some.Header("b", 0));

        var upload = receiver.Complete();

        Assert.Equal(["00000.dcm", "00001.dcm"], store.Paths(upload).Select(Path.GetFileName));
        Assert.Equal([1, 2, 3, 4, 5], File.ReadAllBytes(store.Paths(upload)[0]));
        Assert.Equal(5, store.Bytes);
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(data.Root, "*", SearchOption.AllDirectories), path => path.Contains("Mueller", StringComparison.Ordinal));
    }

    [Fact]
    public void Complete_uploads_outlive_the_server_and_others_do_not()
    {
        var store = Some.Uploads(data);
        var kept = Some.Sent(store, "anna", 7, 8);
        var halfway = store.Begin("anna", "");
        halfway.Announce(Some.Header("a", 9));
        halfway.Take(0, [1]);

        var again = Some.Uploads(data);

        Assert.Equal(kept.Files, again.Use(kept.Id, "anna")!.Files);
        Assert.Equal(2, again.Bytes);
        Assert.Single(Directory.GetDirectories(data.Uploads));
    }

    [Fact]
    public void Nobody_else_sees_an_upload()
    {
        var store = Some.Uploads(data);
        var upload = Some.Sent(store, "anna", 1);

        Assert.Null(store.Use(upload.Id, "berta"));
        Assert.NotNull(store.Use(upload.Id, "anna"));
    }

    [Theory]
    [InlineData(3, "chunk.offset is 3; expected 2")]
    [InlineData(0, "chunk.offset is 0; expected 2")]
    public void Refuses_chunks_out_of_order(int offset, string message)
    {
        var receiver = Some.Uploads(data).Begin("anna", "");
        receiver.Announce(Some.Header("a", 9));
        receiver.Take(0, [1, 2]);

        Assert.Contains(message, Assert.Throws<InvalidImageException>(() => receiver.Take((ulong)offset, [3])).Message);
    }

    [Fact]
    public void Refuses_a_chunk_beyond_the_announced_end() =>
        Assert.Contains("expected 2 at most, as announced", Refused(receiver =>
        {
            receiver.Announce(Some.Header("a", 2));
            receiver.Take(0, [1, 2, 3]);
        }));

    [Fact]
    public void Refuses_a_file_that_is_not_the_one_announced() =>
        Assert.Contains("SHA-256", Refused(receiver =>
        {
            receiver.Announce(Some.Header("a", 1, ByteString.CopyFrom(SHA256.HashData([9]))));
            receiver.Take(0, [8]);
        }));

    [Fact]
    public void Takes_a_file_that_is_the_one_announced()
    {
        var receiver = Some.Uploads(data).Begin("anna", "");
        receiver.Announce(Some.Header("a", 1, ByteString.CopyFrom(SHA256.HashData([9]))));
        receiver.Take(0, [9]);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([9])), receiver.Complete().Files.Single().Sha256);
    }

    [Theory]
    [InlineData("../../etc/passwd"), InlineData("a\\b"), InlineData(""), InlineData("a\0b")]
    public void Refuses_names_with_folders(string name) =>
        Assert.Contains("file_name", Refused(receiver => receiver.Announce(Some.Header(name, 1))));

    [Fact]
    public void Refuses_an_upload_without_its_end() =>
        Assert.Contains("file 1 has 1 bytes; expected 2", Refused(receiver =>
        {
            receiver.Announce(Some.Header("a", 2));
            receiver.Take(0, [1]);
            receiver.Complete();
        }));

    [Fact]
    public void Refuses_an_upload_without_a_file() => Assert.Contains("no file", Refused(receiver => receiver.Complete()));

    [Fact]
    public void Refuses_a_name_twice() => Assert.Contains("twice", Refused(receiver =>
    {
        receiver.Announce(Some.Header("a", 0));
        receiver.Announce(Some.Header("a", 0));
    }));

    [Fact]
    public void Refuses_another_kind_in_one_upload() => Assert.Contains("expected Dicom", Refused(receiver =>
    {
        receiver.Announce(Some.Header("a", 0));
        receiver.Announce(new UploadHeader { Kind = ImageKind.Nifti, FileName = "b.nii" });
    }));

    [Fact]
    public void Sizes_are_refused_before_a_byte_is_taken()
    {
        var store = Some.Uploads(data, new UploadLimits { MaxBytes = 10, SpoolBytes = 15 });
        Some.Sent(store, "anna", new byte[8]);
        var receiver = store.Begin("anna", "");

        Assert.Contains("header.bytes is 11; expected 10 at most", Assert.Throws<ResourceLimitException>(() => receiver.Announce(Some.Header("a", 11))).Message);
        Assert.Contains("expected room for 9", Assert.Throws<ResourceLimitException>(() => receiver.Announce(Some.Header("a", 9))).Message);
        Assert.Equal(8, store.Bytes);
    }

    [Fact]
    public void Announced_bytes_are_given_back_when_an_upload_is_dropped()
    {
        var store = Some.Uploads(data);
        using (var receiver = store.Begin("anna", ""))
            receiver.Announce(Some.Header("a", 1000));

        Assert.Equal((0, 0), (store.Bytes, store.Receiving));
        Assert.Empty(Directory.GetDirectories(data.Uploads));
    }

    [Fact]
    public void Bounds_the_uploads_of_one_caller_and_of_all()
    {
        var store = Some.Uploads(data, new UploadLimits { AtOnce = 3, AtOncePerCaller = 2 });
        store.Begin("anna", "");
        store.Begin("anna", "");

        Assert.Contains("of this caller", Assert.Throws<ResourceLimitException>(() => store.Begin("anna", "")).Message);
        store.Begin("berta", "");
        Assert.Contains("fewer than 3", Assert.Throws<ResourceLimitException>(() => store.Begin("carla", "")).Message);
    }

    [Fact]
    public void Drops_an_upload_that_hears_nothing()
    {
        var store = Some.Uploads(data, time: clock);
        var receiver = store.Begin("anna", "");
        receiver.Announce(Some.Header("a", 2));
        clock.Advance(TimeSpan.FromSeconds(31));

        store.RemoveOld(new HashSet<string>());

        Assert.Equal(0, store.Receiving);
        Assert.Contains("dropped", Assert.Throws<InvalidImageException>(() => receiver.Take(0, [1])).Message);
    }

    [Theory]
    [InlineData(-1), InlineData(1)]
    public void A_clock_that_is_set_drops_no_upload_early_and_keeps_none_long(int hours)
    {
        var clock = new SettableClock();
        var store = Some.Uploads(data, new() { Idle = TimeSpan.FromSeconds(30), Keep = TimeSpan.FromMinutes(30) }, clock);
        var (receiving, complete) = (store.Begin("anna", ""), Some.Sent(store, content: [1]));

        clock.Set = TimeSpan.FromHours(hours);
        store.RemoveOld(new HashSet<string>());
        Assert.Equal((1, complete.Id), (store.Receiving, store.Use(complete.Id, "anna")?.Id));
        clock.Advance(TimeSpan.FromSeconds(31));
        store.RemoveOld(new HashSet<string>());
        Assert.Equal(0, store.Receiving);
        clock.Advance(TimeSpan.FromMinutes(30));
        store.RemoveOld(new HashSet<string>());

        Assert.Null(store.Use(complete.Id, "anna"));
        Assert.Throws<InvalidImageException>(() => receiving.Announce(Some.Header("a.dcm", 1)));
    }

    [Fact]
    public void Removes_what_nobody_needs_any_more()
    {
        var store = Some.Uploads(data, time: clock);
        var (needed, used, old) = (Some.Sent(store, "anna", 1), Some.Sent(store, "anna", 2), Some.Sent(store, "anna", 3));
        clock.Advance(TimeSpan.FromMinutes(59));
        store.Use(used.Id, "anna");
        clock.Advance(TimeSpan.FromMinutes(2));

        store.RemoveOld(new HashSet<string> { needed.Id });

        Assert.NotNull(store.Use(needed.Id, "anna"));
        Assert.NotNull(store.Use(used.Id, "anna"));
        Assert.Null(store.Use(old.Id, "anna"));
        Assert.Equal(2, store.Bytes);
    }

    [Theory]
    [InlineData("nonsense"), InlineData("../x")]
    public void Refuses_an_id_that_is_no_uuid(string id) =>
        Assert.Contains("UUID", Assert.Throws<InvalidImageException>(() => Some.Uploads(data).Begin("anna", id)).Message);

    /// <summary>The n-th write, sync, rename or folder fails, for every n: no half upload is ever seen, also after a restart.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Survives_a_failure_of_any_file_operation(bool killed)
    {
        for (var n = 1; ; n++)
        {
            using var own = new DataFolder(folder[$"{killed}-{n}"], new DiskFileSystem());
            var files = new FaultyFileSystem(n, killed);
            Upload? sent = null;
            try
            {
                sent = Send(Some.Uploads(own, files: files));
            }
            catch (IOException)
            {
                // what is to be survived
            }

            var again = Some.Uploads(own);
            var seen = Directory.GetDirectories(own.Uploads).Select(Path.GetFileName).Select(id => again.Use(id!, "anna")).ToArray();
            Assert.All(seen, upload => Assert.Equal([5, 6, 7], File.ReadAllBytes(again.Paths(upload!)[0])));
            Assert.Equal(seen.Length * 3, again.Bytes);
            if (sent is not null)
                Assert.Single(seen);
            if (!files.Met)
                break;
        }
    }

    private static Upload Send(UploadStore store)
    {
        using var receiver = store.Begin("anna", "");
        receiver.Announce(Some.Header("a", 3));
        receiver.Take(0, [5]);
        receiver.Take(1, [6, 7]);
        return receiver.Complete();
    }

    private string Refused(Action<UploadReceiver> work)
    {
        using var receiver = Some.Uploads(data).Begin("anna", "");
        return Assert.Throws<InvalidImageException>(() => work(receiver)).Message;
    }
}
