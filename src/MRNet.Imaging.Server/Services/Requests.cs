using Google.Protobuf.Collections;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;
using MRNet.Imaging.Server.Results;

namespace MRNet.Imaging.Server.Services;

/// <summary>What a client asked for, checked and in our words.</summary>
internal static class Requests
{
    /// <summary>Of the part and structures of the answer; the mask when nothing is named.</summary>
    public static IReadOnlyList<Output> Outputs(SegmentRequest request) => Outputs(request.Outputs);

    /// <exception cref="UnsupportedImageException">This server does not make one of them.</exception>
    public static IReadOnlyList<Output> Outputs(IReadOnlyCollection<Output> asked)
    {
        if (asked.Where(kind => !Makes(kind)).Select(kind => (Output?)kind).FirstOrDefault() is { } unknown)
            throw new UnsupportedImageException($"outputs holds {unknown}; expected what this server makes: {string.Join(", ", Enum.GetValues<Output>().Where(Makes))}.");
        return asked.Count == 0 ? [Output.Mask] : [.. asked.Distinct()];
    }

    /// <summary>Looks at all that can be known before the images are read.</summary>
    /// <exception cref="InvalidImageException">The field, what was found and what is wanted.</exception>
    public static void Check(SegmentRequest request, ModelDescriptor model)
    {
        Outputs(request);
        CheckWeights(request.Weights, model.Raters.Count);
        var options = request.Options ?? new();
        CheckThreshold(options.Threshold);
        if (options.SliceTo != 0 && options.SliceFrom >= options.SliceTo)
            throw new InvalidImageException($"options.slice_from is {options.SliceFrom} and slice_to {options.SliceTo}; expected from below to.");
        if (options.Tilt.Length > 0)
            throw new UnsupportedImageException("options.tilt is set; expected none: this server refuses series of a tilted gantry.");
        if (options.ContentLabel.Length > 0)
            throw new UnsupportedImageException("options.content_label is set; expected none: this server names its objects itself.");
        if (options.Sample is not (Sample.Unspecified or Sample.Uint8 or Sample.Float32))
            throw new InvalidImageException($"options.sample is {options.Sample}; expected UINT8 or FLOAT32 (masks are bits anyway).");
        if (options.Quality > Protocol.V1.Quality.Preview)
            throw new InvalidImageException($"options.quality is {options.Quality}; expected FULL or PREVIEW.");
        CheckUid("options.reading.series_uid", options.Reading?.SeriesUid ?? "");
        CheckUids(request.Source?.Dicomweb);
        if (request.IdempotencyKey.Length > 0 && !Guid.TryParse(request.IdempotencyKey, out _))
            throw new InvalidImageException("idempotency_key is no UUID; expected 8-4-4-4-12 hexadecimal digits.");
        if (options.Region is { } region)
            RegionOf(region);
        if (options.Quality == Protocol.V1.Quality.Preview && request.Outputs.Where(NeedsRaters).Select(kind => (Output?)kind).FirstOrDefault() is { } refined)
            throw new InvalidImageException($"outputs holds {refined}; expected none of the raters' in a preview, which is the U-Net alone.");
    }

    private static bool Makes(Output kind) => kind is >= Output.Mask and <= Output.RaterProbability || ObjectEncoder.Knows(kind);

    private static bool NeedsRaters(Output kind) => kind is Output.Uncertainty or Output.RaterMasks or Output.RaterProbability or Output.DicomSegRaters;

    private static void CheckUids(Dicomweb? web)
    {
        CheckUid("source.dicomweb.study_uid", web?.StudyUid ?? "");
        CheckUid("source.dicomweb.series_uid", web?.SeriesUid ?? "");
        foreach (var uid in web?.SopUids ?? [])
            CheckUid("source.dicomweb.sop_uids", uid);
    }

    /// <summary>A UID may become part of a query to somebody else: PS3.5 section 9.1, and nothing beyond it.</summary>
    private static void CheckUid(string field, string uid)
    {
        if (uid.Length > 64 || !uid.All(letter => char.IsAsciiDigit(letter) || letter == '.'))
            throw new InvalidImageException($"{field} is no UID; expected up to 64 digits and dots.");
    }

    public static void CheckThreshold(float threshold)
    {
        if (!(threshold >= 0 && threshold <= 1))
            throw new InvalidImageException(FormattableString.Invariant($"options.threshold is {threshold}; expected above 0 and up to 1, or 0 for the model's."));
    }

    public static void CheckWeights(Weights? weights, int raters)
    {
        if (weights is null or { Values.Count: 0 })
            return;
        if (weights.Values.Count != raters)
            throw new InvalidImageException($"weights has {weights.Values.Count} values; expected {raters}, one for each rater of the model.");
        if (!weights.Values.All(value => float.IsFinite(value) && value >= 0) || weights.Values.Sum() <= 0)
            throw new InvalidImageException("weights holds a value that is negative or not a number, or only zeros; expected weights from 0 up.");
    }

    /// <param name="volume">For slices, which count from its first.</param>
    public static SegmentationRequest Of(SegmentRequest request, Volume volume, ModelDescriptor model)
    {
        var options = request.Options ?? new();
        return new()
        {
            Region = Slices(options, options.Region is { } region ? RegionOf(region) : null, volume.Grid, model),
            Expertness = ExpertnessOf(request.Weights),
            Threshold = options.Threshold > 0 ? options.Threshold : null,
            KeepLargest = options.KeepLargest,
            Uncalibrated = options.Uncalibrated,
            Quality = options.Quality == Protocol.V1.Quality.Preview ? Quality.Preview : Quality.Full,
        };
    }

    public static IReadOnlyList<float>? ExpertnessOf(Weights? weights) => weights is null or { Values.Count: 0 } ? null : weights.Values;

    private static Region? Slices(Options options, Region? region, Grid grid, ModelDescriptor model)
    {
        if ((options.SliceFrom, options.SliceTo) is (0, 0) || (region is null && model.Preparation.NeedsRegion))
            return region;
        var box = region?.On(grid) ?? grid.Whole;
        var (from, to) = (Math.Max(box.Z, (long)options.SliceFrom), options.SliceTo == 0 ? box.Z + box.Slices : Math.Min(box.Z + box.Slices, (long)options.SliceTo));
        if (from >= to)
            throw new InvalidImageException($"options.slice_from is {options.SliceFrom} and slice_to {options.SliceTo}; expected some of the slices {box.Z}..{box.Z + box.Slices - 1} that are computed.");
        return Region.OfVoxels(box with { Z = (int)from, Slices = (int)(to - from) });
    }

    public static Region RegionOf(Protocol.V1.Region region) => region.KindCase switch
    {
        Protocol.V1.Region.KindOneofCase.Box => Region.OfVoxels(new(region.Box.X, region.Box.Y, region.Box.Z, (int)region.Box.Columns, (int)region.Box.Rows, (int)region.Box.Slices)),
        Protocol.V1.Region.KindOneofCase.Around => Region.AroundMm(Three(region.Around.PointLps, "around.point_lps"), Three(region.Around.SizeMm, "around.size_mm")),
        Protocol.V1.Region.KindOneofCase.Between => Region.BetweenMm(Three(region.Between.CornerLps, "between.corner_lps"), Three(region.Between.OppositeLps, "between.opposite_lps")),
        _ => throw new InvalidImageException("options.region is empty; expected a box, a point with a size around it, or two corners."),
    };

    private static Vector3 Three(RepeatedField<double> values, string field) => values is [var x, var y, var z] && values.All(double.IsFinite)
        ? new(x, y, z)
        : throw new InvalidImageException($"options.region.{field} has {values.Count} numbers; expected 3 finite ones.");
}
