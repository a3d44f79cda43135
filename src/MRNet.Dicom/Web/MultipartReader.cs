using System.Text;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <summary>Reads multipart/related (RFC 2046 section 5.1) as a stream: no part need fit memory, and nothing is believed about lengths.</summary>
internal sealed class MultipartReader
{
    private const int LongestHeaders = 16 * 1024;

    private readonly Stream stream;
    private readonly TimeSpan idle;
    private readonly byte[] delimiter;
    private readonly byte[] buffer = new byte[128 * 1024];
    private int start;
    private int end;
    private bool isAtDelimiter;

    /// <param name="boundary">As in Content-Type, without quotes.</param>
    public MultipartReader(Stream stream, string boundary, TimeSpan idle)
    {
        (this.stream, this.idle) = (stream, idle);
        delimiter = Encoding.Latin1.GetBytes("\r\n--" + boundary);
        // The first delimiter need not have a line before it.
        buffer[0] = (byte)'\r';
        buffer[1] = (byte)'\n';
        end = 2;
    }

    /// <summary>The present part's Content-Type; empty when it has none.</summary>
    public string ContentType { get; private set; } = "";

    /// <summary>Goes to the next part; what is left of the present one, or stands before the first, is passed over.</summary>
    public async Task<bool> NextAsync(CancellationToken cancellation)
    {
        if (!isAtDelimiter)
            await ReadAsync(_ => { }, long.MaxValue, cancellation).ConfigureAwait(false);
        isAtDelimiter = false;
        var line = await LineAsync(LongestHeaders, cancellation).ConfigureAwait(false);
        if (line.StartsWith("--", StringComparison.Ordinal))
            return false;
        ContentType = "";
        for (var left = LongestHeaders; await LineAsync(left, cancellation).ConfigureAwait(false) is { Length: > 0 } header; left -= header.Length)
            if (header.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase))
                ContentType = header[13..].Trim();
        return true;
    }

    /// <summary>Hands over the rest of the part, piece by piece.</summary>
    public async Task ReadAsync(Action<ReadOnlyMemory<byte>> sink, long limit, CancellationToken cancellation)
    {
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOf(delimiter);
            // Without a delimiter in sight all is content but what may be the beginning of one.
            var count = at >= 0 ? at : Math.Max(0, end - start - delimiter.Length + 1);
            limit -= count;
            if (limit < 0)
                throw new DicomNetworkException("A part of the server's answer is larger than the limit.", isTransient: false);
            if (count > 0)
                sink(buffer.AsMemory(start, count));
            start += count;
            if (at >= 0)
            {
                start += delimiter.Length;
                isAtDelimiter = true;
                return;
            }

            await FillAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string> LineAsync(int limit, CancellationToken cancellation)
    {
        while (true)
        {
            var at = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                var line = Encoding.Latin1.GetString(buffer, start, at);
                start += at + 2;
                return line;
            }

            if (end - start > limit)
                throw new DicomNetworkException($"The head of a part of the server's answer is longer than {LongestHeaders} bytes.", isTransient: false);
            // The last delimiter may end the answer without a line's end.
            if (end - start >= 2 && buffer.AsSpan(start, 2).SequenceEqual("--"u8))
                return "--";
            await FillAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task FillAsync(CancellationToken cancellation)
    {
        buffer.AsSpan(start, end - start).CopyTo(buffer);
        (start, end) = (0, end - start);
        var got = await Reading.AtLeastOneAsync(stream, buffer.AsMemory(end), idle, cancellation).ConfigureAwait(false);
        if (got == 0)
            throw new DicomNetworkException("The server's answer ends within a part.", isTransient: true);
        end += got;
    }
}
