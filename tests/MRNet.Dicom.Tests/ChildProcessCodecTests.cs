namespace MRNet.Dicom.Tests;

/// <summary>JPEG 2000 decoded by child processes, as a server does.</summary>
public sealed class ChildProcessCodecTests
{
    private const string Sample = "transfer_syntax_same_mr/MR_small_jp2klossless.dcm";

    [Fact]
    public void Frames_are_the_same_and_the_child_stays_for_the_next()
    {
        using var codec = Codec("decode");

        Assert.Equal(Here(), Decoded(codec));
        var child = Assert.Single(codec.Idle).Id;
        Assert.Equal(Here(), Decoded(codec));
        Assert.Equal(child, Assert.Single(codec.Idle).Id);
    }

    [Fact]
    public void What_the_child_refuses_is_said_in_its_words_and_costs_no_child()
    {
        using var codec = Codec("decode");
        var (stream, info) = Frame();

        var error = Assert.Throws<DicomCodecException>(() => codec.Decode(stream[..50], info, new byte[info.Bytes]));

        Assert.Contains("JPEG 2000", error.Message, StringComparison.Ordinal);
        Assert.Single(codec.Idle);
    }

    [Fact]
    public void A_child_that_is_killed_over_a_frame_is_an_error_of_that_frame_and_the_next_has_another()
    {
        using var codec = Codec("decode", "--never");

        var error = Assert.Throws<DicomCodecException>(() => Decoded(codec)); // the watch kills it

        Assert.Contains("The decoder ended over a frame of", error.Message, StringComparison.Ordinal);
        Assert.Empty(codec.Idle);
    }

    [Fact]
    public void A_child_that_is_killed_while_it_waits_is_replaced()
    {
        using var codec = Codec("decode");
        Decoded(codec);
        var child = Assert.Single(codec.Idle);
        child.Kill();
        child.WaitForExit();

        Assert.Equal(Here(), Decoded(codec));
    }

    /// <summary>Met by damaged input, one of 40,000: libopenjp2 2.5.0 ends its process by an assertion (ht_dec.c, mel_init).</summary>
    [Fact]
    public void A_stream_over_which_the_library_aborts_is_our_own_error()
    {
        using var codec = Codec("decode");
        var pixels = DicomPixelData.Create(Shared.Dataset("codecs/HTJ2KLossless_08_RGB.dcm"));
        var stream = pixels.Encoded(0).ToArray();
        stream.AsSpan(310, 4).Fill(0xFF);
        stream[452] = 0x62;

        var error = Record.Exception(() => codec.Decode(stream, pixels.Info, new byte[pixels.Info.Bytes]));

        Assert.True(error is null or DicomCodecException, error?.ToString()); // another version may find nothing wrong
        Assert.Equal(Here(), Decoded(codec));
    }

    private static ChildProcessCodec Codec(params string[] arguments)
    {
        Needs.For("2k");
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "MRNet.Dicom.Fuzz.exe" : "MRNet.Dicom.Fuzz");
        return new(new Jpeg2000Codec(), program, arguments, TimeSpan.FromSeconds(arguments.Length > 1 ? 1 : 120));
    }

    private static (ReadOnlyMemory<byte> Stream, FrameInfo Info) Frame()
    {
        var pixels = DicomPixelData.Create(Shared.Dataset(Sample));
        return (pixels.Encoded(0), pixels.Info);
    }

    private static byte[] Decoded(ChildProcessCodec codec)
    {
        var (stream, info) = Frame();
        var into = new byte[info.Bytes];
        codec.Decode(stream, info, into);
        return into;
    }

    private static byte[] Here() => DicomPixelData.Create(Shared.Dataset(Sample)).GetFrame(0).ToArray();
}
