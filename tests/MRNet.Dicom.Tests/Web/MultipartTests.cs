using System.Text;
using MRNet.Dicom.Network;
using MRNet.Dicom.Web;

namespace MRNet.Dicom.Tests.Web;

public sealed class MultipartTests
{
    private static readonly string Two = "--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b\r\ncontent-type: a/b; c=d\r\nContent-Length: 999999999999\r\n\r\n\r\n--c two\r\n\r\n--b--\r\n";

    public static TheoryData<string> Wholes =>
    [
        Two, "preamble\r\n" + Two, "\r\n" + Two + "epilogue", Two.TrimEnd(),
    ];

    [Theory]
    [MemberData(nameof(Wholes))]
    public async Task Parts_are_read_whatever_stands_around_them(string text)
    {
        foreach (var step in new[] { 1, 2, 7, 1000 })
            Assert.Equal([("application/dicom", "one"), ("a/b; c=d", "\r\n--c two\r\n")], await ReadAsync(Encoding.Latin1.GetBytes(text), step));
    }

    [Fact]
    public async Task A_part_that_is_not_read_is_passed_over()
    {
        var reader = new MultipartReader(new MemoryStream(Encoding.Latin1.GetBytes(Two)), "b", TimeSpan.FromSeconds(5));

        Assert.True(await reader.NextAsync(default));
        Assert.True(await reader.NextAsync(default));
        Assert.Equal("a/b; c=d", reader.ContentType);
        Assert.False(await reader.NextAsync(default));
    }

    [Fact]
    public async Task An_answer_that_ends_early_is_an_error_that_may_pass()
    {
        for (var length = 0; length < Two.Length - 4; length++)
        {
            var error = await Assert.ThrowsAsync<DicomNetworkException>(() => ReadAsync(Encoding.Latin1.GetBytes(Two[..length]), 1000));
            Assert.True(error.IsTransient);
        }
    }

    [Fact]
    public async Task A_part_beyond_the_limit_is_refused_while_it_is_read()
    {
        var reader = new MultipartReader(new Endless(), "b", TimeSpan.FromSeconds(5));

        Assert.True(await reader.NextAsync(default));
        var error = await Assert.ThrowsAsync<DicomNetworkException>(() => reader.ReadAsync(_ => { }, 1 << 20, default));
        Assert.Contains("larger than the limit", error.Message, StringComparison.Ordinal);
    }

    private static async Task<List<(string, string)>> ReadAsync(byte[] bytes, int step)
    {
        var reader = new MultipartReader(new Slow(bytes, step), "b", TimeSpan.FromSeconds(5));
        var parts = new List<(string, string)>();
        while (await reader.NextAsync(default))
        {
            var text = new StringBuilder();
            await reader.ReadAsync(piece => text.Append(Encoding.Latin1.GetString(piece.Span)), 1 << 20, default);
            parts.Add((reader.ContentType, text.ToString()));
        }

        return parts;
    }

    /// <summary>Gives a few bytes at a time, as a network may.</summary>
    private sealed class Slow(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }

    private sealed class Endless() : MemoryStream(Encoding.Latin1.GetBytes("--b\r\n\r\n"))
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Position < Length)
                return base.ReadAsync(buffer, cancellationToken);
            buffer.Span.Clear();
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
