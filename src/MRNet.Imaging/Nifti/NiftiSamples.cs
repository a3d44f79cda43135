using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MRNet.Imaging.Nifti;

/// <summary>Stored voxels to floats: byte order, type and scaling.</summary>
internal static class NiftiSamples
{
    private const int ChunkVoxels = 1 << 14;

    /// <summary>Reads so many voxels into floats.</summary>
    /// <exception cref="InvalidImageException">The file ends before.</exception>
    public static void Read(NiftiSource source, NiftiHeader header, Scaling scaling, Span<float> samples)
    {
        var width = header.BitPix / 8;
        var buffer = new byte[(int)Math.Min(ChunkVoxels, samples.Length) * width];

        for (var done = 0; done < samples.Length;)
        {
            var n = Math.Min(ChunkVoxels, samples.Length - done);
            var bytes = Fill(source, buffer.AsSpan(0, n * width));
            if (header.BigEndian == BitConverter.IsLittleEndian)
                Swap(bytes, width);
            Convert(header.DataType, bytes, scaling, samples.Slice(done, n));
            done += n;
        }
    }

    /// <summary>Reads so many colour voxels, interleaved in the file, into three planes.</summary>
    /// <returns>True when an alpha other than 255 was dropped.</returns>
    public static bool ReadColour(NiftiSource source, NiftiHeader header, Span<float> planes)
    {
        var (width, count) = (header.BitPix / 8, planes.Length / 3);
        var buffer = new byte[Math.Min(ChunkVoxels, count) * width];
        var transparent = false;

        for (var done = 0; done < count;)
        {
            var n = Math.Min(ChunkVoxels, count - done);
            var bytes = Fill(source, buffer.AsSpan(0, n * width));
            for (var i = 0; i < n; i++)
            {
                for (var channel = 0; channel < 3; channel++)
                    planes[channel * count + done + i] = bytes[i * width + channel];
                transparent |= width == 4 && bytes[i * width + 3] != 255;
            }

            done += n;
        }

        return transparent;
    }

    private static Span<byte> Fill(NiftiSource source, Span<byte> bytes) => source.Read(bytes) is var n && n == bytes.Length
        ? bytes
        : throw new InvalidImageException($"The voxels are cut short: {bytes.Length - n} or more bytes are missing.");

    private static void Swap(Span<byte> bytes, int width)
    {
        switch (width)
        {
            case 2: Reverse(MemoryMarshal.Cast<byte, ushort>(bytes), BinaryPrimitives.ReverseEndianness); break;
            case 4: Reverse(MemoryMarshal.Cast<byte, uint>(bytes), BinaryPrimitives.ReverseEndianness); break;
            case 8: Reverse(MemoryMarshal.Cast<byte, ulong>(bytes), BinaryPrimitives.ReverseEndianness); break;
        }
    }

    private delegate void Reversal<T>(ReadOnlySpan<T> from, Span<T> to);

    private static void Reverse<T>(Span<T> values, Reversal<T> reversal) => reversal(values, values);

    private static void Convert(NiftiDataType type, ReadOnlySpan<byte> bytes, Scaling scaling, Span<float> samples)
    {
        switch (type)
        {
            case NiftiDataType.UInt8: Convert<byte>(bytes, scaling, samples); break;
            case NiftiDataType.Int8: Convert<sbyte>(bytes, scaling, samples); break;
            case NiftiDataType.Int16: Convert<short>(bytes, scaling, samples); break;
            case NiftiDataType.UInt16: Convert<ushort>(bytes, scaling, samples); break;
            case NiftiDataType.Int32: Convert<int>(bytes, scaling, samples); break;
            case NiftiDataType.UInt32: Convert<uint>(bytes, scaling, samples); break;
            case NiftiDataType.Int64: Convert<long>(bytes, scaling, samples); break;
            case NiftiDataType.UInt64: Convert<ulong>(bytes, scaling, samples); break;
            case NiftiDataType.Float32: Convert<float>(bytes, scaling, samples); break;
            case NiftiDataType.Float64: Convert<double>(bytes, scaling, samples); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type that is read voxel by voxel.");
        }
    }

    private static void Convert<T>(ReadOnlySpan<byte> bytes, Scaling scaling, Span<float> samples)
        where T : unmanaged, INumber<T>
    {
        var stored = MemoryMarshal.Cast<byte, T>(bytes);
        if (scaling == Scaling.None)
            for (var i = 0; i < samples.Length; i++)
                samples[i] = float.CreateTruncating(stored[i]);
        else
            for (var i = 0; i < samples.Length; i++)
                samples[i] = (float)(double.CreateTruncating(stored[i]) * scaling.Slope + scaling.Intercept);
    }
}

/// <summary>A value is stored * slope + intercept.</summary>
internal readonly record struct Scaling(double Slope, double Intercept)
{
    public static Scaling None => new(1, 0);

    /// <summary>scl_slope and scl_inter as nifti1.h means them; what is odd is noted.</summary>
    public static Scaling Of(NiftiHeader header, List<string> notes)
    {
        var (slope, intercept) = (header.SclSlope, header.SclInter);
        if (slope == 0 || header.DataType.IsColour())
            return None;

        if (!double.IsFinite(slope))
        {
            notes.Add(FormattableString.Invariant($"scl_slope is {slope}: not applied"));
            return None;
        }

        if (double.IsFinite(intercept))
            return new(slope, intercept);
        notes.Add(FormattableString.Invariant($"scl_inter is {intercept}: taken as 0"));
        return new(slope, 0);
    }
}
