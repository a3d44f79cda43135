namespace MRNet.Imaging;

/// <summary>Names of directions as a viewer shows them.</summary>
public static class Anatomy
{
    /// <summary>Where a direction mostly points: L or R, P or A, H (head) or F (feet).</summary>
    /// <param name="directionLps">A direction in LPS; its length does not matter.</param>
    public static char Letter(Vector3 directionLps)
    {
        var (x, y, z) = (Math.Abs(directionLps.X), Math.Abs(directionLps.Y), Math.Abs(directionLps.Z));

        if (x >= y && x >= z)
            return directionLps.X >= 0 ? 'L' : 'R';
        if (y >= z)
            return directionLps.Y >= 0 ? 'P' : 'A';
        return directionLps.Z >= 0 ? 'H' : 'F';
    }
}
