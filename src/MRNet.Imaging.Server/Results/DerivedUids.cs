using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MRNet.Imaging.Server.Results;

/// <summary>UIDs that come from a job's id, the same each time: name-based UUIDs (RFC 9562 version 5) under 2.25 (PS3.5 B.2).</summary>
internal static class DerivedUids
{
    /// <summary>A source of UIDs for one output of a job.</summary>
    public static Func<string> Of(string jobId, string output)
    {
        var drawn = -1; // files are written side by side
        return () => Uid(Guid.Parse(jobId), string.Create(CultureInfo.InvariantCulture, $"{output}/{Interlocked.Increment(ref drawn)}"));
    }

    private static string Uid(Guid space, string name)
    {
        byte[] named = [.. space.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)];
#pragma warning disable CA5350 // what version 5 is made of; it protects nothing
        var hash = SHA1.HashData(named).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return "2.25." + BinaryPrimitives.ReadUInt128BigEndian(hash).ToString(CultureInfo.InvariantCulture);
    }
}
