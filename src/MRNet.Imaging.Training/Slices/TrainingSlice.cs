namespace MRNet.Imaging.Training;

/// <summary>The pixels of one slice, as the network's preparation left them.</summary>
/// <param name="Image">(C, H, W): 0..65535 for 0..1, before mean and deviation.</param>
/// <param name="Marks">(P, H, W): what the raters drew, eight masks in a byte; mask r S + s is bit (r S + s) % 8 of plane (r S + s) / 8.</param>
public sealed record SlicePixels(ushort[] Image, byte[] Marks);

/// <summary>The square that the network sees when nothing is varied, in pixels of the slice from its outer edge.</summary>
/// <param name="X">Its middle.</param>
/// <param name="Y">Its middle.</param>
/// <param name="Side">Pixels of the slice along its side.</param>
public readonly record struct Focus(float X, float Y, float Side)
{
    /// <summary>The same place when the slice of so many columns and rows is hung up.</summary>
    internal Focus Hung(Hanging hanging, int columns, int rows)
    {
        var (x, y) = hanging.Place(X, Y, columns, rows);
        return new(x, y, Side);
    }
}

/// <summary>One slice of an image that several raters outlined; its pixels are in memory, or in a cache file, and are never decoded twice.</summary>
public sealed record TrainingSlice(Func<SlicePixels> Read)
{
    /// <summary>Who it is of: a split never parts a patient.</summary>
    public required string Patient { get; init; }

    /// <summary>The image it is a slice of.</summary>
    public required string Case { get; init; }

    /// <summary>What is scored as one: slices of a volume have the same; the slice's own name where each counts alone.</summary>
    public required string ScoredAs { get; init; }

    /// <summary>Its own name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>Training, Validation or Testing as the data set's folders say; null where they do not.</summary>
    public string? Split { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary>[R S]: whether rater r graded structure s, at r S + s.</summary>
    public required bool[] Present { get; init; }

    /// <summary>Pixels that the raters marked, all masks together.</summary>
    public required long Marked { get; init; }

    /// <summary>Where the network looks; null for a window anywhere at the slice's own pixels.</summary>
    public Focus? Focus { get; init; }
}
