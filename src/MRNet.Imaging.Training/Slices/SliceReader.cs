using System.Numerics.Tensors;
using MRNet.Imaging.DataSets;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>A data set as the network sees it.</summary>
/// <param name="Slices">For the network itself.</param>
/// <param name="Whole">Whole slices for the locator, one structure: the union; null without a locator.</param>
/// <param name="Warnings">What a user should know of the data.</param>
public sealed record PreparedData(TrainingSlices Slices, TrainingSlices? Whole, IReadOnlyList<string> Warnings);

/// <summary>Cuts the cases of a data set into slices as the model's preparation says; each image is decoded once.</summary>
/// <param name="isScored">Whether a case is for scores: all its slices are kept.</param>
public sealed class SliceReader(MultiRaterDataSet data, Preparation preparation, SliceSettings settings, SliceStore store, Func<MultiRaterCase, bool> isScored)
{
    /// <summary>A locator's slices are kept this much larger than it sees them, that they can be enlarged.</summary>
    private const int LargerBy = 2;

    private readonly Preparation plain = (settings.Stretched is [var low, var high] ? preparation with { Range = IntensityRange.Values, Low = low, High = high } : preparation)
        with
    { Mean = [0], Deviation = [1] };

    private readonly List<TrainingSlice> slices = [];
    private readonly List<TrainingSlice> whole = [];
    private readonly List<string> warnings = [];
    private readonly HashSet<int> marked = [];

    /// <exception cref="InvalidImageException">A case is damaged, or does not fit the others.</exception>
    public PreparedData Read(IProgress<float>? progress, CancellationToken cancellation)
    {
        var channels = 0;
        for (var i = 0; i < data.Cases.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var found = Read(data.Cases[i], cancellation);
            if (channels > 0 && found != channels)
                throw new InvalidImageException($"{data.Cases[i].Name} has {found} channels; the cases before have {channels}. All must have the same.");
            channels = found;
            progress?.Report((i + 1f) / data.Cases.Count);
        }

        WarnOfRaters();
        var format = Format(channels);
        return new(new(format, slices), preparation.Locator is { } locator ? new(OfWhole(format, locator), whole) : null, warnings);
    }

    private int Read(MultiRaterCase study, CancellationToken cancellation)
    {
        var volume = study.ReadImage(cancellation);
        var marks = new Marks(study.ReadGraded(cancellation), settings.RatersByArea);
        marked.UnionWith(marks.Markers);

        var preparer = new SlicePreparer(volume, plain);
        var part = SlicePart.Of(marks, preparation);
        if (part is null)
            warnings.Add($"{study.Name}: no rater marked anything; the network, which looks at a region, does not see it.");

        foreach (var z in Chosen(marks, isScored(study)))
        {
            if (part is not null)
                slices.Add(Prepared(study, volume, marks, preparer, part, z));
            if (preparation.Locator is { } locator)
                whole.Add(Squared(study, volume, marks, preparer, locator.Size * LargerBy, z));
        }

        return volume.Channels;
    }

    /// <summary>The marked slices, and of the others an even share.</summary>
    private IEnumerable<int> Chosen(Marks marks, bool all)
    {
        var (share, empty) = (all ? 1 : settings.EmptySlices, 0);
        for (var z = 0; z < marks.Grid.Slices; z++)
            if (marks.IsMarked(z) || Math.Floor(++empty * share) > Math.Floor((empty - 1) * share))
                yield return z;
    }

    private TrainingSlice Prepared(MultiRaterCase study, Volume volume, Marks marks, SlicePreparer preparer, SlicePart part, int z)
    {
        var prepared = new float[volume.Channels * part.Columns * part.Rows];
        preparer.Fill(z, part.Box, new Resampling(part.Box.Columns, part.Box.Rows, part.Columns, part.Rows), prepared);

        var hanging = Hanging.Of(volume.Grid); // as the network will see it
        var (columns, rows) = hanging.Size(part.Columns, part.Rows);
        var (planes, count) = marks.Pack(z, hanging.Turn<int>(part.Nearest(volume.Grid), part.Columns, part.Rows), united: false);
        return Slice(study, z, columns, rows, marks.Present, new(Words(hanging.Turn<float>(prepared, part.Columns, part.Rows)), planes), count) with { Focus = part.Focus?.Hung(hanging, part.Columns, part.Rows) };
    }

    private TrainingSlice Squared(MultiRaterCase study, Volume volume, Marks marks, SlicePreparer preparer, int size, int z)
    {
        var square = Locator.Square(preparer, volume, z, size);
        var (planes, count) = marks.Pack(z, Hanging.Of(volume.Grid).Turn<int>(Source(new Letterbox(volume.Grid.Columns, volume.Grid.Rows, size)), size, size), united: true);
        bool[] present = [.. marks.Present.Chunk(marks.Structures).Select(ofRater => ofRater.Contains(true))];
        return Slice(study, z, size, size, present, new(Words(square), planes), count) with { Focus = new(size / 2f, size / 2f, size) };
    }

    private TrainingSlice Slice(MultiRaterCase study, int z, int columns, int rows, bool[] present, SlicePixels pixels, long count) => new(store.Add(pixels))
    {
        Patient = study.Patient,
        Case = study.Name,
        Name = $"{study.Name}/{z}",
        ScoredAs = settings.ScoreSlices ? $"{study.Name}/{z}" : study.Name,
        Split = study.Split,
        Columns = columns,
        Rows = rows,
        Present = present,
        Marked = count,
    };

    private static int[] Source(Letterbox letterbox)
    {
        var source = new int[letterbox.Size * letterbox.Size];
        for (var i = 0; i < source.Length; i++)
        {
            var (x, y) = letterbox.ToSlice(i % letterbox.Size + 0.5, i / letterbox.Size + 0.5);
            source[i] = x < 0 || y < 0 || x >= letterbox.Columns || y >= letterbox.Rows ? -1 : (int)y * letterbox.Columns + (int)x;
        }

        return source;
    }

    private static ushort[] Words(float[] values)
    {
        var words = new ushort[values.Length];
        TensorPrimitives.Multiply(values, ushort.MaxValue, values);
        for (var i = 0; i < words.Length; i++)
            words[i] = (ushort)MathF.Round(values[i]);
        return words;
    }

    private void WarnOfRaters()
    {
        foreach (var rater in Enumerable.Range(0, data.Raters.Count).Where(r => !marked.Contains(r)))
            warnings.Add($"Rater {data.Raters[rater]} marked nothing in any case: the network will learn that they never do.");
    }

    private SliceFormat Format(int channels) => new()
    {
        Rows = preparation.Size,
        Columns = preparation.Size,
        Channels = channels,
        Structures = data.Structures.Count,
        Raters = data.Raters.Count,
        Mean = preparation.Mean,
        Deviation = preparation.Deviation,
    };

    private static SliceFormat OfWhole(SliceFormat format, LocatorOptions locator) => format with { Rows = locator.Size, Columns = locator.Size, Structures = 1 };
}
