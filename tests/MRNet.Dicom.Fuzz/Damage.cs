using System.Buffers.Binary;

namespace MRNet.Dicom.Fuzz;

/// <summary>Damages bytes as transport, disks and attackers do: some bytes, a bit, a length, a piece left out or doubled, the end cut off.</summary>
public static class Damage
{
    private static readonly uint[] Lengths = [0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    /// <returns>A damaged copy; the same for the same state of <paramref name="random"/>.</returns>
    public static byte[] To(byte[] seed, Random random)
    {
        ArgumentNullException.ThrowIfNull(seed);
        ArgumentNullException.ThrowIfNull(random);
        var bytes = (byte[])seed.Clone();
        if (bytes.Length == 0)
            return bytes;
        var asText = random.Next(2) == 0; // a byte that occurs elsewhere: text stays text, and gets further into its reader
        for (var n = random.Next(1, 13); n > 0; n--)
            bytes[At(bytes, random)] = asText ? bytes[random.Next(bytes.Length)] : (byte)random.Next(256);
        if (random.Next(4) == 0)
            bytes[At(bytes, random)] ^= (byte)(1 << random.Next(8));
        if (random.Next(3) == 0)
            PutLength(bytes, random);
        if (random.Next(8) == 0)
            bytes = MovePiece(bytes, random);
        return random.Next(4) == 0 ? bytes[..Math.Min(bytes.Length, random.Next(1, bytes.Length + 1))] : bytes; // a piece left out may have been all
    }

    /// <summary>Half of the damage falls on the head, where formats keep their sizes.</summary>
    private static int At(byte[] bytes, Random random) => random.Next(random.Next(2) == 0 ? Math.Min(bytes.Length, 512) : bytes.Length);

    private static void PutLength(byte[] bytes, Random random)
    {
        var value = random.Next(2) == 0 ? Lengths[random.Next(Lengths.Length)] : (uint)random.Next(bytes.Length * 2);
        var at = bytes.AsSpan(At(bytes, random));
        if (at.Length >= 4 && random.Next(2) == 0)
            BinaryPrimitives.WriteUInt32LittleEndian(at, value);
        else if (at.Length >= 4)
            BinaryPrimitives.WriteUInt32BigEndian(at, value);
        else
            at[0] = (byte)value;
    }

    private static byte[] MovePiece(byte[] bytes, Random random)
    {
        var start = random.Next(bytes.Length);
        var end = Math.Min(bytes.Length, start + random.Next(1, 65));
        return random.Next(2) == 0 ? [.. bytes[..start], .. bytes[end..]] : [.. bytes[..end], .. bytes[start..]];
    }
}
