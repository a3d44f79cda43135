using System.Text.Json;
using System.Text.Json.Nodes;

namespace MRNet.Imaging.Files;

/// <summary>A result as JSON, for scripts. No patient's name or number stands in it.</summary>
public static class ResultJson
{
    private static readonly JsonSerializerOptions Layout = new() { WriteIndented = true };

    public static string Of(LoadedImage image, SegmentationResult result) => new JsonObject
    {
        ["source"] = image.Source,
        ["modality"] = image.Volume.Modality,
        ["grid"] = Grid(result.Maps.Grid),
        ["computed"] = Box(result.Maps.Box),
        ["regionFrom"] = result.Provenance.RegionIsLocators ? "locator" : result.Maps.Box == result.Maps.Grid.Whole ? "whole image" : "user",
        ["model"] = new JsonObject
        {
            ["id"] = result.Provenance.ModelId,
            ["version"] = result.Provenance.ModelVersion,
            ["weightsSha256"] = result.Provenance.WeightsSha256,
            ["preparation"] = result.Provenance.Preparation,
        },
        ["expertness"] = new JsonObject(result.Provenance.Raters.Zip(result.Provenance.Expertness, (rater, weight) => KeyValuePair.Create(rater, (JsonNode?)Rounded(weight)))),
        ["threshold"] = result.Provenance.Threshold,
        ["temperature"] = Rounded(result.Provenance.Temperature),
        ["structures"] = new JsonArray([.. result.Measurements.Select(m => Structure(m, result.Provenance.Raters))]),
        ["quality"] = Name(result.Provenance.Quality),
        ["precision"] = Name(result.Provenance.Precision),
        ["device"] = result.Provenance.Device,
        ["seconds"] = Rounded(result.Provenance.Seconds),
        ["created"] = result.Provenance.Created.ToString("O"),
        ["software"] = "MRNet.Imaging " + result.Provenance.SoftwareVersion,
        ["notes"] = new JsonArray([.. image.Volume.Notes.Select(note => (JsonNode?)note)]),
        ["warning"] = "Not a medical device." + Caveat(result.Provenance),
    }.ToJsonString(Layout);

    /// <summary>As the command line writes it: "preview", "bfloat16".</summary>
    public static string Name(Enum value) => value.ToString().ToLowerInvariant();

    private static string Caveat(Provenance provenance) => provenance.Caveat.Length == 0 ? "" : $" Not for the record: {provenance.Caveat}.";

    private static JsonObject Structure(Measurement measurement, IReadOnlyList<string> raters) => new()
    {
        ["label"] = measurement.Label,
        ["voxels"] = measurement.Voxels,
        ["volumeMl"] = measurement.VolumeMl is { } volume ? Rounded(volume) : null,
        ["raterVolumes"] = new JsonObject(raters.Zip(measurement.RaterVolumesMl, (rater, volume) => KeyValuePair.Create(rater, (JsonNode?)Rounded(volume)))),
        ["raterVolumeUnit"] = measurement.VolumeMl is null ? "pixel" : "mL",
        ["meanUncertainty"] = measurement.MeanUncertainty is { } mean ? Rounded(mean) : null,
        ["maxUncertainty"] = measurement.MaxUncertainty is { } max ? Rounded(max) : null,
    };

    private static JsonObject Grid(Grid grid) => new()
    {
        ["columns"] = grid.Columns,
        ["rows"] = grid.Rows,
        ["slices"] = grid.Slices,
        ["hasPatientSpace"] = grid.HasPatientSpace,
        ["spacingMm"] = Vector(grid.SpacingMm),
        ["originLps"] = Vector(grid.OriginLps),
        ["directionX"] = Vector(grid.DirectionX),
        ["directionY"] = Vector(grid.DirectionY),
        ["directionZ"] = Vector(grid.DirectionZ),
    };

    private static JsonObject Box(VoxelBox box) => new()
    {
        ["x"] = box.X,
        ["y"] = box.Y,
        ["z"] = box.Z,
        ["columns"] = box.Columns,
        ["rows"] = box.Rows,
        ["slices"] = box.Slices,
    };

    private static JsonArray Vector(Vector3 vector) => [vector.X, vector.Y, vector.Z];

    private static double Rounded(double value) => Math.Round(value, 6);
}
