using MRNet.Imaging.Nifti;

namespace MRNet.Imaging.DataSets;

/// <summary>
/// How each image's dimensions are meant, told from its masks: an image with one dimension more has channels there;
/// three dimensions of which the second and third agree and the first does not have the slices first. Testing cases, which
/// have no masks, follow the first case with masks and an image of as many dimensions.
/// </summary>
internal sealed class QubiqAxes
{
    /// <summary>Stands in the files we write: their slices are last, whatever their sizes look like.</summary>
    public const string AsStored = "mrnet: columns, rows, slices, channels";

    private readonly NiftiAxes[] axes;

    public QubiqAxes(IReadOnlyList<QubiqFolder> folders, CancellationToken cancellation)
    {
        var headers = folders.Select(folder => Header(folder, folder.Image)).ToArray();
        var sizes = headers.Select(header => Squeezed([.. header.Dim])).ToArray();
        var known = new Dictionary<int, NiftiAxes>();
        axes = new NiftiAxes[folders.Count];
        foreach (var withMasks in new[] { true, false })
            for (var i = 0; i < folders.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (folders[i].Masks.Count > 0 != withMasks)
                    continue;
                axes[i] = withMasks ? Of(sizes[i], Squeezed([.. Header(folders[i], folders[i].Masks.Values.First()).Dim])) : Alone(sizes[i], known);
                if (headers[i].Description == AsStored)
                    axes[i] = axes[i] with { SlicesFirst = false };
                known.TryAdd(sizes[i].Length, axes[i]);
            }
    }

    public NiftiAxes this[int folder] => axes[folder];

    /// <param name="image">Sizes without the 1s at the end.</param>
    internal static NiftiAxes Of(long[] image, long[] mask)
    {
        var spatial = new NiftiAxes(SlicesFirst: AreSlicesFirst(mask));
        if (image.Length <= mask.Length || image.SequenceEqual(mask) || !Squeezed(image[..^1]).SequenceEqual(mask))
            return spatial; // the same, or wrong: reading the mask says so
        return spatial with { ChannelsLast = true, ThirdIsChannels = image.Length == 3 };
    }

    private static NiftiAxes Alone(long[] image, Dictionary<int, NiftiAxes> known)
    {
        var like = known.GetValueOrDefault(image.Length, new(ChannelsLast: image.Length > 3));
        return like with { SlicesFirst = AreSlicesFirst(like.ChannelsLast ? Squeezed(image[..^1]) : image) };
    }

    private static bool AreSlicesFirst(long[] sizes) => sizes is [var first, var second, var third] && second == third && first != second;

    internal static long[] Squeezed(long[] sizes)
    {
        var rank = sizes.Length;
        while (rank > 2 && sizes[rank - 1] == 1)
            rank--;
        return sizes[..rank];
    }

    private static NiftiHeader Header(QubiqFolder folder, string path) => InCase.Read(folder.Name, path, () => NiftiReader.ReadHeader(path));
}
