using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MRNet.Imaging.DataSets;

/// <summary>
/// A smooth random field of mean 0 and standard deviation 1: a few plane waves of random direction and phase, one to four
/// radii long. The same key gives the same field on any machine.
/// </summary>
internal sealed class ContourNoise
{
    private const int Waves = 12;

    private readonly (double X, double Y, double Z, double Phase)[] waves;

    public ContourNoise(string key)
    {
        var random = new Random(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))));
        waves = [.. Enumerable.Range(0, Waves).Select(_ => Wave(random))];
    }

    /// <summary>At a place given in radii from the structure's middle.</summary>
    /// <param name="z">The slice, in radii too: neighbouring slices wobble alike.</param>
    public double At(double x, double y, double z)
    {
        var sum = 0.0;
        foreach (var wave in waves)
            sum += Math.Cos(wave.X * x + wave.Y * y + wave.Z * z + wave.Phase);
        return sum * Math.Sqrt(2.0 / Waves);
    }

    private static (double X, double Y, double Z, double Phase) Wave(Random random)
    {
        var (direction, length) = (random.NextDouble() * 2 * Math.PI, 1 + 3 * random.NextDouble());
        var k = 2 * Math.PI / length;
        return (k * Math.Cos(direction), k * Math.Sin(direction), (random.NextDouble() - 0.5) * k, random.NextDouble() * 2 * Math.PI);
    }
}
