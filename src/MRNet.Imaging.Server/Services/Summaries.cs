using MRNet.Imaging.Files;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Server.Services;

/// <summary>Our results in the words of the wire.</summary>
internal static class Summaries
{
    public static Summary Of(LoadedImage image, SegmentationResult result, string sessionId) => new()
    {
        SessionId = sessionId,
        Grid = Of(image),
        Weights = { result.Provenance.Expertness },
        Stats = { result.Measurements.Select((measurement, s) => Of(measurement, s)) },
        Box = Of(result.Maps.Box),
        Located = result.Provenance.RegionIsLocators,
        Coarse = result.Provenance.Quality == Quality.Preview,
    };

    public static Protocol.V1.Provenance Of(Provenance provenance) => new()
    {
        ModelId = provenance.ModelId,
        ModelVersion = provenance.ModelVersion,
        WeightsSha256 = provenance.WeightsSha256,
        SoftwareVersion = provenance.SoftwareVersion,
        Device = provenance.Device,
        Precision = provenance.Precision.ToString().ToLowerInvariant(),
        Quality = provenance.Quality.ToString().ToLowerInvariant(),
        Threshold = (float)provenance.Threshold,
        Preparation = provenance.Preparation,
        Temperature = provenance.Temperature,
    };

    public static Protocol.V1.Model Of(ModelDescriptor model, bool ready, string sha256) => new()
    {
        Id = model.Id,
        Version = model.Version,
        DisplayName = model.DisplayName,
        Description = model.Description,
        Modalities = { model.Modalities },
        Structures = { model.Structures.Select(Of) },
        Raters = { model.Raters.Select(rater => new Rater { Id = rater, DisplayName = rater }) },
        DefaultWeights = { model.Raters.Select(_ => 1f / model.Raters.Count) },
        Ready = ready,
        IntendedUse = model.IntendedUse,
        Licence = model.Licence,
        WeightsSha256 = sha256,
        Threshold = (float)model.Threshold,
        NeedsRegion = model.Preparation.NeedsRegion,
        Size = (uint)model.Preparation.Size,
        Channels = (uint)model.Network.Channels,
    };

    private static Protocol.V1.Structure Of(Structure structure, int index) => new()
    {
        Number = (uint)index + 1,
        Label = structure.Label,
        Category = Of(structure.Category),
        Type = Of(structure.Type),
        Region = structure.Anatomy is { } anatomy ? Of(anatomy) : null,
        Color = (uint)structure.Color,
    };

    private static Code Of(CodedConcept concept) => new() { Value = concept.Value, Scheme = concept.Scheme, Meaning = concept.Meaning };

    private static Box Of(VoxelBox box) => new() { X = box.X, Y = box.Y, Z = box.Z, Columns = (uint)box.Columns, Rows = (uint)box.Rows, Slices = (uint)box.Slices };

    private static Protocol.V1.Grid Of(LoadedImage image)
    {
        var grid = image.Volume.Grid;
        var wire = new Protocol.V1.Grid
        {
            Columns = (uint)grid.Columns,
            Rows = (uint)grid.Rows,
            Slices = (uint)grid.Slices,
            SeriesUid = image.Series?.SeriesInstanceUid ?? "",
            FrameOfReferenceUid = image.Series?.FrameOfReferenceUid ?? "",
            SopUids = { image.Volume.Sources.Select(source => source.SopInstanceUid) },
        };
        if (grid.HasPatientSpace)
        {
            wire.Spacing.Add(Three(grid.SpacingMm));
            wire.Origin.Add(Three(grid.OriginLps));
            wire.Direction.Add([.. Three(grid.DirectionX), .. Three(grid.DirectionY), .. Three(grid.DirectionZ)]);
        }

        return wire;
    }

    private static StructureStat Of(Measurement measurement, int index)
    {
        double[] volumes = measurement.VolumeMl is null ? [0] : [.. measurement.RaterVolumesMl.DefaultIfEmpty(0)];
        return new()
        {
            Structure = (uint)index + 1,
            Voxels = (ulong)measurement.Voxels,
            Ml = measurement.VolumeMl.GetValueOrDefault(),
            MeanUncertainty = measurement.MeanUncertainty ?? 0,
            MlLeast = volumes.Min(),
            MlMost = volumes.Max(),
        };
    }

    private static double[] Three(Vector3 vector) => [vector.X, vector.Y, vector.Z];
}
