using System.Buffers.Binary;
using System.IO.Compression;

namespace MRNet.Imaging.Nifti;

/// <summary>The bytes of a file, unzipped if they are zipped, with a bound on how many there can be.</summary>
internal sealed class NiftiSource : IDisposable
{
    /// <summary>Deflate codes at best 258 bytes in 2 bits: a longer promise is a lie, whatever the stream holds.</summary>
    private const long BestDeflateRatio = 1032;

    private readonly Stream file;
    private readonly bool leaveOpen;
    private Stream content;
    private long position;

    /// <param name="file">Seekable, at its start.</param>
    public NiftiSource(Stream file, bool leaveOpen)
    {
        (this.file, this.leaveOpen) = (file, leaveOpen);
        Span<byte> start = stackalloc byte[2];
        IsGzip = file.ReadAtLeast(start, 2, throwOnEndOfStream: false) == 2 && start is [0x1f, 0x8b];
        content = Rewound();
    }

    public bool IsGzip { get; }

    /// <summary>Bytes it can hold at most; exact when it is not zipped.</summary>
    public long MaxLength => IsGzip ? file.Length * BestDeflateRatio : file.Length;

    public static NiftiSource Open(string path)
    {
        try
        {
            return new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan), leaveOpen: false);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidImageException($"There is no file '{Path.GetFileName(path)}' at that place.", error);
        }
    }

    /// <summary>Fills the buffer as far as the file goes.</summary>
    /// <returns>Bytes read; fewer than asked only at the end.</returns>
    public int Read(Span<byte> buffer)
    {
        try
        {
            var n = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            position += n;
            return n;
        }
        catch (InvalidDataException error)
        {
            throw new InvalidImageException($"The gzip stream is damaged or cut short: {error.Message}", error);
        }
    }

    /// <returns>Bytes passed over; fewer than asked only at the end.</returns>
    public long Skip(long count)
    {
        var buffer = new byte[Math.Clamp(count, 1, 1 << 16)];
        var passed = 0L;
        while (passed < count)
        {
            var n = Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - passed)));
            passed += n;
            if (n == 0)
                break;
        }

        return passed;
    }

    public void Rewind()
    {
        Close();
        content = Rewound();
    }

    public void Dispose()
    {
        Close();
        if (!leaveOpen)
            file.Dispose();
    }

    private void Close()
    {
        if (IsGzip)
            content.Dispose();
    }

    /// <summary>
    /// The framework does not miss the last 8 bytes of a gzip file (CRC and length) when they are cut off. Asked at the
    /// end of the content, this compares the length; where it differs, only a file of several members may go on.
    /// </summary>
    public void CheckTrailer()
    {
        Span<byte> length = stackalloc byte[4];
        file.Position = Math.Max(0, file.Length - 4);
        file.ReadAtLeast(length, 4, throwOnEndOfStream: false);
        if (BinaryPrimitives.ReadUInt32LittleEndian(length) != (uint)position && !HasSecondMember())
            throw new InvalidImageException("The gzip stream is cut short: its last four bytes are not its length.");
    }

    private bool HasSecondMember()
    {
        var buffer = new byte[1 << 16];
        file.Position = 2;
        while (file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) is var n and > 3)
        {
            if (buffer.AsSpan(0, n).IndexOf([(byte)0x1f, (byte)0x8b, (byte)8]) >= 0)
                return true;
            if (n < buffer.Length)
                break;
            file.Position -= 2; // the three bytes may lie across two readings
        }

        return false;
    }

    private Stream Rewound()
    {
        (file.Position, position) = (0, 0);
        return IsGzip ? new GZipStream(file, CompressionMode.Decompress, leaveOpen: true) : file;
    }
}
