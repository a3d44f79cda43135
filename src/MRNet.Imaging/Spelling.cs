namespace MRNet.Imaging;

/// <summary>What somebody may have meant who mistyped a name.</summary>
public static class Spelling
{
    /// <returns>The name that fewest letters part from what was typed, upper and lower case alike; null where nothing is known.</returns>
    public static string? Nearest(string typed, IEnumerable<string> known) =>
        known.MinBy(name => Distance(typed.ToLowerInvariant(), name.ToLowerInvariant()));

    /// <summary>Levenshtein: letters to put in, take out or exchange.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (var i = 1; i <= a.Length; i++)
        {
            var before = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (before, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, before + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }

        return row[^1];
    }
}
