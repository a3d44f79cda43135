using System.IO.Compression;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Server.Results;

/// <summary>A map as it goes over the wire.</summary>
internal sealed record EncodedMap(MapHeader Header, ReadOnlyMemory<byte> Content);

/// <summary>Maps of a result as they go over the wire: only the computed box, deflated.</summary>
internal static class MapEncoder
{
    /// <summary>Smallest step of an uncertainty sent as a byte: it reaches 0.5 at most.</summary>
    private const double UncertaintyStep = 0.5 / byte.MaxValue;

    private const double ProbabilityStep = 1.0 / byte.MaxValue;

    /// <summary>All maps of one kind: one for each structure, or for each structure and rater.</summary>
    /// <param name="sample">UINT8 or FLOAT32 for values; masks are bits whatever it says.</param>
    /// <param name="stream">The number of the first.</param>
    public static IEnumerable<EncodedMap> Encode(SegmentationResult result, Output kind, Sample sample, uint stream)
    {
        var (maps, threshold) = (result.Maps, result.Provenance.Threshold);
        for (var s = 0; s < maps.Structures.Count; s++)
            switch (kind)
            {
                case Output.Mask:
                    yield return Bits(maps, result.Masks[s], New(maps, kind, s, stream++));
                    break;
                case Output.Probability:
                    yield return Values(maps.Probability[s], ProbabilityStep, sample, New(maps, kind, s, stream++));
                    break;
                case Output.Uncertainty:
                    yield return Values(maps.Uncertainty[s], UncertaintyStep, sample, New(maps, kind, s, stream++));
                    break;
                case Output.RaterMasks:
                    for (var r = 0; r < maps.Raters.Count; r++)
                        yield return Bits(maps, Masks.AtLeast(maps.RaterProbability[r][s], threshold), New(maps, kind, s, stream++, maps.Raters[r]));
                    break;
                case Output.RaterProbability:
                    for (var r = 0; r < maps.Raters.Count; r++)
                        yield return Values(maps.RaterProbability[r][s], ProbabilityStep, sample, New(maps, kind, s, stream++, maps.Raters[r]));
                    break;
                default:
                    throw new ArgumentException($"{kind} is no map.", nameof(kind));
            }
    }

    /// <summary>One bit a voxel, the lowest first, each slice from a new byte.</summary>
    internal static byte[] Packed(ReadOnlySpan<byte> mask, int pixels)
    {
        var stride = (pixels + 7) / 8;
        var packed = new byte[stride * (mask.Length / pixels)];
        for (var slice = 0; slice < mask.Length / pixels; slice++)
        {
            var from = mask.Slice(slice * pixels, pixels);
            var to = packed.AsSpan(slice * stride, stride);
            for (var i = 0; i < pixels; i++)
                to[i >> 3] |= (byte)(from[i] << (i & 7));
        }

        return packed;
    }

    private static MapHeader New(RaterMaps maps, Output kind, int structure, uint stream, string rater = "") => new()
    {
        Stream = stream,
        Kind = kind,
        Structure = (uint)structure + 1,
        Rater = rater,
        X0 = (uint)maps.Box.X,
        Y0 = (uint)maps.Box.Y,
        Z0 = (uint)maps.Box.Z,
        Columns = (uint)maps.Box.Columns,
        Rows = (uint)maps.Box.Rows,
        Slices = (uint)maps.Box.Slices,
    };

    private static EncodedMap Bits(RaterMaps maps, byte[] mask, MapHeader header)
    {
        (header.Sample, header.Scale, header.Maximum) = (Sample.Bit, 1, mask.AsSpan().Contains((byte)1) ? 1 : 0);
        return Deflated(header, Packed(mask, maps.Box.PixelsPerSlice));
    }

    private static EncodedMap Values(float[] map, double step, Sample sample, MapHeader header)
    {
        (header.Minimum, header.Maximum) = (TensorPrimitives.Min<float>(map), TensorPrimitives.Max<float>(map));
        (header.Sample, header.Scale) = sample == Sample.Float32 ? (sample, 1) : (Sample.Uint8, step);
        return Deflated(header, sample == Sample.Float32 ? MemoryMarshal.AsBytes(map.AsSpan()) : Bytes(map, step));
    }

    private static byte[] Bytes(float[] map, double step)
    {
        var bytes = new byte[map.Length];
        var scale = (float)(1 / step);
        for (var i = 0; i < map.Length; i++)
            bytes[i] = (byte)Math.Clamp(map[i] * scale + 0.5f, 0, byte.MaxValue);
        return bytes;
    }

    private static EncodedMap Deflated(MapHeader header, ReadOnlySpan<byte> raw)
    {
        var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            deflate.Write(raw);

        (header.Encoding, header.Bytes, header.RawBytes) = (Encoding.Deflate, (ulong)packed.Length, (ulong)raw.Length);
        header.Sha256 = UnsafeByteOperations.UnsafeWrap(SHA256.HashData(raw));
        return new(header, packed.GetBuffer().AsMemory(0, (int)packed.Length));
    }
}
