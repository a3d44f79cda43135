namespace MRNet.Imaging.Segmentation;

/// <summary>Connected pixels (by their sides) of a map that reach a level.</summary>
internal static class LargestComponent
{
    /// <returns>(H, W): the component with the largest sum of the map; empty where nothing reaches the level.</returns>
    public static bool[] Of(ReadOnlySpan<float> map, int columns, float level)
    {
        var (seen, best, bestSum) = (new bool[map.Length], Array.Empty<int>(), 0.0);
        for (var i = 0; i < map.Length; i++)
        {
            if (seen[i] || map[i] < level)
                continue;
            var component = Flood(map, columns, level, i, seen);
            var sum = 0.0;
            foreach (var pixel in component)
                sum += map[pixel];
            if (sum > bestSum)
                (best, bestSum) = ([.. component], sum);
        }

        var inside = new bool[map.Length];
        foreach (var pixel in best)
            inside[pixel] = true;
        return inside;
    }

    private static List<int> Flood(ReadOnlySpan<float> map, int columns, float level, int start, bool[] seen)
    {
        List<int> found = [start];
        seen[start] = true;
        for (var next = 0; next < found.Count; next++)
        {
            var (x, y) = (found[next] % columns, found[next] / columns);
            foreach (var (nx, ny) in new[] { (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1) })
            {
                var pixel = ny * columns + nx;
                if (nx < 0 || nx >= columns || ny < 0 || pixel >= map.Length || seen[pixel] || map[pixel] < level)
                    continue;
                seen[pixel] = true;
                found.Add(pixel);
            }
        }

        return found;
    }
}
