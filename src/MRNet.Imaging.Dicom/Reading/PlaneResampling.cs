namespace MRNet.Imaging.Dicom;

/// <summary>Linear interpolation between unevenly spaced planes, along their normal only.</summary>
internal static class PlaneResampling
{
    /// <param name="planes">(C, planes, pixels)</param>
    /// <param name="positionsMm">Of each plane along the normal, ascending.</param>
    /// <returns>(C, slices, pixels), slices at the first position and every <paramref name="spacingMm"/> from it.</returns>
    public static float[] Linear(float[] planes, int channels, int pixels, double[] positionsMm, int slices, double spacingMm)
    {
        var even = new float[checked(channels * slices * pixels)];
        for (var channel = 0; channel < channels; channel++)
        {
            for (var z = 0; z < slices; z++)
            {
                var (below, share) = Between(positionsMm, positionsMm[0] + z * spacingMm);
                var low = planes.AsSpan((channel * positionsMm.Length + below) * pixels, pixels);
                var high = planes.AsSpan((channel * positionsMm.Length + Math.Min(below + 1, positionsMm.Length - 1)) * pixels, pixels);
                var into = even.AsSpan((channel * slices + z) * pixels, pixels);
                for (var i = 0; i < pixels; i++)
                    into[i] = low[i] + (high[i] - low[i]) * share;
            }
        }

        return even;
    }

    /// <summary>A slice is padding where its nearest plane is.</summary>
    public static byte[] Nearest(byte[] planes, int pixels, double[] positionsMm, int slices, double spacingMm)
    {
        var even = new byte[checked(slices * pixels)];
        for (var z = 0; z < slices; z++)
            planes.AsSpan(NearestPlane(positionsMm, positionsMm[0] + z * spacingMm) * pixels, pixels).CopyTo(even.AsSpan(z * pixels));
        return even;
    }

    public static int NearestPlane(double[] positionsMm, double at)
    {
        var (below, share) = Between(positionsMm, at);
        return share > 0.5f ? below + 1 : below;
    }

    private static (int Below, float Share) Between(double[] positions, double at)
    {
        var found = Array.BinarySearch(positions, at);
        if (found >= 0)
            return (found, 0);
        var above = ~found;
        if (above == 0)
            return (0, 0);
        if (above == positions.Length)
            return (positions.Length - 1, 0);
        return (above - 1, (float)((at - positions[above - 1]) / (positions[above] - positions[above - 1])));
    }
}
