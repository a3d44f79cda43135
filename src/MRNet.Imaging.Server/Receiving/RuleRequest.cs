using System.Text.RegularExpressions;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Results;

namespace MRNet.Imaging.Server.Receiving;

/// <summary>Rules, and what they ask for.</summary>
internal static class RuleRequest
{
    /// <summary>The first rule that fits; null for none.</summary>
    public static Rule? For(this Routes routes, SeriesInfo series) => routes.Rules.FirstOrDefault(rule => Fits(rule, series));

    /// <summary>What is asked of the server, without the images.</summary>
    /// <exception cref="InvalidImageException">An output that is no DICOM object, or a region that is none.</exception>
    public static SegmentRequest Of(Rule rule)
    {
        var request = new SegmentRequest { ModelId = rule.Model, Outputs = { rule.Outputs.Select(OutputOf) }, Options = new() { Threshold = rule.Threshold } };
        if (rule.Weights.Count > 0)
            request.Weights = new() { Values = { rule.Weights } };
        if (rule.Region is { } text)
            request.Options.Region = OnTheWire(Region.Parse(text));
        return request;
    }

    private static Protocol.V1.Region OnTheWire(Region region) => region.As<Protocol.V1.Region>(
        voxels => new() { Box = new() { X = voxels.X, Y = voxels.Y, Z = voxels.Z, Columns = Size(voxels.Columns), Rows = Size(voxels.Rows), Slices = Size(voxels.Slices) } },
        (corner, opposite) => new() { Between = new() { CornerLps = { Three(corner) }, OppositeLps = { Three(opposite) } } },
        (point, size) => new() { Around = new() { PointLps = { Three(point) }, SizeMm = { Three(size) } } });

    private static double[] Three(Vector3 point) => [point.X, point.Y, point.Z];

    private static uint Size(int voxels) => voxels > 0 ? (uint)voxels : throw new InvalidImageException($"The region is {voxels} voxels wide, high or deep; expected 1 or more.");

    private static bool Fits(Rule rule, SeriesInfo series) =>
        rule.Modality == series.Modality
        && (rule.BodyPart is null || string.Equals(rule.BodyPart, series.BodyPart, StringComparison.OrdinalIgnoreCase))
        && (rule.CalledAe is null || rule.CalledAe == series.Called)
        && (rule.CallingAe is null || rule.CallingAe == series.Calling)
        && (rule.Description is null || Regex.IsMatch(series.Description, rule.Description, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    private static Output OutputOf(string name)
    {
        var known = Enum.GetValues<Output>().Where(kind => ObjectEncoder.Knows(kind) && kind != Output.Nifti).ToDictionary(WireName);
        return known.TryGetValue(name, out var kind) ? kind : throw new InvalidImageException($"outputs holds '{name}'; expected some of {string.Join(", ", known.Keys)}.");
    }

    /// <summary>"DICOM_SEG" of DicomSeg.</summary>
    private static string WireName(Output kind) => Regex.Replace($"{kind}", "(?<=[a-z])(?=[A-Z])", "_").ToUpperInvariant();
}
