using CsCheck;

namespace MRNet.Dicom.Tests;

/// <summary>Our own encoders against our own decoders; the decoders are held to others' files in <see cref="ManifestTests"/>.</summary>
public class CodecTests
{
    [Fact]
    public void Lossless_JPEG_comes_back_for_every_depth_and_predictor()
    {
        var random = new Random(1);
        for (var precision = 2; precision <= 16; precision++)
        {
            for (var predictor = 1; predictor <= 7; predictor++)
            {
                foreach (var restartRows in new[] { 0, 2 })
                {
                    var samples = Samples(random, 13 * 7, precision);
                    var stream = JpegLosslessEncoder.Encode(samples, 13, 7, 1, precision, predictor, restartRows);
                    var info = new FrameInfo(13, 7, 1, precision <= 8 ? 8 : 16, precision, IsSigned: false);

                    Assert.True(Bytes(samples, info).AsSpan().SequenceEqual(FrameCodecs.Decode(DicomTransferSyntax.JPEGProcess14, stream, info)), $"{precision} bits, predictor {predictor}, restart {restartRows}");
                }
            }
        }
    }

    [Fact]
    public void A_point_transform_drops_the_low_bits_only()
    {
        int[] samples = [0, 255, 100, 17];

        var stream = JpegLosslessEncoder.Encode(samples, 2, 2, 1, 8, predictor: 4, shift: 2);

        Assert.Equal([0, 252, 100, 16], FrameCodecs.Decode(DicomTransferSyntax.JPEGProcess14, stream, new FrameInfo(2, 2, 1, 8, 8, false)));
    }

    [Fact]
    public void Three_components_come_back()
    {
        var samples = Samples(new Random(2), 5 * 4 * 3, 8);
        var info = new FrameInfo(5, 4, 3, 8, 8, IsSigned: false);

        var stream = JpegLosslessEncoder.Encode(samples, 5, 4, 3, 8);

        Assert.Equal(Bytes(samples, info), FrameCodecs.Decode(DicomTransferSyntax.JPEGProcess14SV1, stream, info));
    }

    [Fact]
    public void RLE_comes_back_whatever_the_bytes() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 5], Gen.Int[0, 3], Gen.Bool, Gen.Int).Sample((width, height, kind, isColour, seed) =>
        {
            var bits = new[] { 1, 8, 16, 32 }[kind];
            var info = new FrameInfo(width, height, isColour && bits > 1 ? 3 : 1, bits, bits, IsSigned: false);
            var frame = new byte[info.Bytes];
            var random = new Random(seed);
            for (var i = 0; i < frame.Length; i++)
                frame[i] = (byte)(random.Next(4) == 0 ? random.Next(256) : i > 0 ? frame[i - 1] : 0);

            return RleCodec.Encode(frame, info).AsSpan() is var packed && FrameCodecs.Decode(DicomTransferSyntax.RLELossless, packed.ToArray(), info).AsSpan().SequenceEqual(frame);
        }, iter: 300);

    [Theory]
    [InlineData("1.2.840.10008.1.2.5")]
    [InlineData("1.2.840.10008.1.2.4.70")]
    [InlineData("1.2.840.10008.1.2.8.1")]
    [InlineData("1.2.840.10008.1.2.1.98")]
    public void A_transcoded_image_has_the_same_pixels_when_read_again(string uid)
    {
        var source = Shared.Dataset("multiframe/emri_small.dcm");

        var again = Some.Again(DicomTranscoder.Transcode(source, DicomTransferSyntax.Parse(uid))).Dataset;

        var (expected, actual) = (DicomPixelData.Create(source), DicomPixelData.Create(again));
        Assert.Equal(uid, actual.TransferSyntax.UID.UID);
        for (var i = 0; i < 10; i++)
            Assert.True(expected.GetFrame(i).Span.SequenceEqual(actual.GetFrame(i).Span), $"frame {i}");
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.5")]
    [InlineData("1.2.840.10008.1.2.8.1")]
    public void One_bit_frames_survive_being_transcoded_and_made_native_again(string uid)
    {
        var source = Shared.Dataset("segmentation/bit_packed/liver_nonbyte_aligned.dcm");

        var encoded = Some.Again(DicomTranscoder.Transcode(source, DicomTransferSyntax.Parse(uid))).Dataset;
        var native = DicomTranscoder.Transcode(encoded, DicomTransferSyntax.ExplicitVRLittleEndian);

        source.TryGetRaw(DicomTag.PixelData, out var before);
        native.TryGetRaw(DicomTag.PixelData, out var after);
        Assert.True(before.Span[..after.Length].SequenceEqual(after.Span));
    }

    [Fact]
    public void Frames_are_found_by_the_extended_offset_table()
    {
        var dataset = Some.Image(2, 1, 8, [], frames: 2);
        dataset.InternalTransferSyntax = DicomTransferSyntax.EncapsulatedUncompressed;
        dataset.AddOrUpdate(new DicomFragmentSequence(DicomTag.PixelData, [], new byte[] { 1, 0 }, new byte[] { 2, 3 }, new byte[] { 4, 5 }))
            .Add(DicomTag.ExtendedOffsetTable, 0UL, 10UL)
            .Add(DicomTag.ExtendedOffsetTableLengths, 2UL, 4UL);

        var pixels = DicomPixelData.Create(dataset);

        Assert.Equal([1, 0], pixels.GetFrame(0).ToArray());
        Assert.Equal([2, 3], pixels.GetFrame(1).ToArray());
    }

    [Fact]
    public void The_codecs_are_listed_with_what_they_need()
    {
        var described = NativeCodecs.Describe();

        Assert.Contains(described, codec => codec.Needs.Contains("libopenjp2-7", StringComparison.Ordinal));
        Assert.All(described, codec => Assert.NotEmpty(codec.TransferSyntaxes));
    }

    private static int[] Samples(Random random, int count, int precision)
    {
        var samples = new int[count];
        for (var i = 0; i < count; i++)
            samples[i] = random.Next(3) == 0 ? random.Next(1 << precision) : i > 0 ? samples[i - 1] : 0;
        return samples;
    }

    private static byte[] Bytes(int[] samples, FrameInfo info)
    {
        var frame = new byte[info.Bytes];
        for (var i = 0; i < samples.Length; i++)
            info.Write(frame, i, samples[i]);
        return frame;
    }
}
