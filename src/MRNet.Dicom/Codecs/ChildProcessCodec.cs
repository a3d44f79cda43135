using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;

namespace MRNet.Dicom;

/// <summary>
/// Decodes in child processes, which are kept for the next frames: what a native library does to its process, it does to one of them.
/// A frame crosses two pipes; a child ends with its input, and so with us.
/// </summary>
/// <param name="codec">What the child runs; here it only says what it decodes.</param>
/// <param name="program">A program that calls <see cref="FrameCodecs.ServeChild"/>, and its arguments.</param>
/// <param name="longest">For one frame; a child that takes longer is ended.</param>
internal sealed class ChildProcessCodec(IFrameCodec codec, string program, IReadOnlyList<string> arguments, TimeSpan longest) : IFrameCodec, IDisposable
{
    private readonly ConcurrentBag<Process> idle = [];

    public bool CanDecode(DicomTransferSyntax syntax) => codec.CanDecode(syntax);

    public long MostBytes(long streamLength) => codec.MostBytes(streamLength);

    public void Decode(ReadOnlyMemory<byte> stream, in FrameInfo frame, Span<byte> into)
    {
        var child = Child();
        using var watch = new Timer(_ => child.Kill(), null, longest, Timeout.InfiniteTimeSpan);
        string refusal;
        try
        {
            FramePipe.WriteFrame(child.StandardInput.BaseStream, stream.Span, frame);
            refusal = FramePipe.ReadAnswer(child.StandardOutput.BaseStream, into);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException) // the pipe broke: the child is gone
        {
            child.Kill();
            child.Dispose();
            throw new DicomCodecException($"The decoder ended over a frame of {stream.Length} bytes, which is damaged or asks too much of it.", error);
        }

        idle.Add(child);
        if (refusal.Length > 0)
            throw new DicomCodecException(refusal);
    }

    public void Dispose()
    {
        while (idle.TryTake(out var child))
        {
            child.Kill();
            child.Dispose();
        }
    }

    /// <summary>Those that wait for a frame.</summary>
    internal IReadOnlyCollection<Process> Idle => idle;

    private Process Child()
    {
        while (idle.TryTake(out var waiting))
        {
            if (!waiting.HasExited)
                return waiting;
            waiting.Dispose(); // ended by somebody while it had nothing to do
        }

        try
        {
            return Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        }
        catch (Win32Exception error)
        {
            throw new DicomCodecException($"The decoder {Path.GetFileName(program)} could not be started: {error.Message}", error);
        }
    }
}

/// <summary>What goes through the pipes: sizes and stream of a frame there; nothing and the samples back, or a sentence.</summary>
internal static class FramePipe
{
    public static void WriteFrame(Stream pipe, ReadOnlySpan<byte> stream, in FrameInfo frame)
    {
        using var writer = new BinaryWriter(pipe, System.Text.Encoding.UTF8, leaveOpen: true);
        foreach (var number in new[] { frame.Width, frame.Height, frame.SamplesPerPixel, frame.BitsAllocated, frame.BitsStored, frame.IsSigned ? 1 : 0, stream.Length })
            writer.Write(number);
        writer.Write(stream);
    }

    /// <returns>Why there are no samples; empty when there are.</returns>
    public static string ReadAnswer(Stream pipe, Span<byte> into)
    {
        using var reader = new BinaryReader(pipe, System.Text.Encoding.UTF8, leaveOpen: true);
        var refusal = reader.ReadString();
        if (refusal.Length == 0)
            pipe.ReadExactly(into);
        return refusal;
    }

    /// <summary>The child's side: answers frame by frame until its input ends.</summary>
    public static void Serve(IFrameCodec codec, Stream input, Stream output)
    {
        using var reader = new BinaryReader(input);
        using var writer = new BinaryWriter(output);
        try
        {
            while (true)
            {
                var frame = new FrameInfo(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32() == 1);
                var stream = new byte[reader.ReadInt32()];
                reader.BaseStream.ReadExactly(stream);
                Answer(codec, stream, frame, writer);
                writer.Flush();
            }
        }
        catch (IOException)
        {
            // Who asked is gone.
        }
    }

    private static void Answer(IFrameCodec codec, byte[] stream, in FrameInfo frame, BinaryWriter writer)
    {
        var into = new byte[frame.Bytes];
        try
        {
            codec.Decode(stream, frame, into);
        }
        catch (DicomCodecException error)
        {
            writer.Write(error.Message);
            return;
        }

        writer.Write("");
        writer.Write(into);
    }
}
