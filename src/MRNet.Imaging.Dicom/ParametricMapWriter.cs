using System.Numerics;
using System.Runtime.InteropServices;
using MRNet.Dicom;
using MRNet.Imaging.Dicom.Modules;
using MRNet.Imaging.Dicom.Segments;

namespace MRNet.Imaging.Dicom;

/// <summary>Parametric Map IOD, DICOM PS3.3 A.75, in 32-bit float, or in 16-bit integers for viewers that cannot show floats: one quantity of one structure, on every slice of the source.</summary>
public static class ParametricMapWriter
{
    /// <summary>The raters' disagreement: standard deviation, 0 to 0.5. Not of a preview, which has none.</summary>
    /// <exception cref="InvalidImageException">The source lacks what the object must repeat.</exception>
    /// <exception cref="ResourceLimitException">More pixels than one value may hold.</exception>
    public static DicomDataset Uncertainty(DicomSeries source, SegmentationResult result, int structureIndex, WriterOptions? options = null)
    {
        var structure = result.Structures[structureIndex];
        var raters = result.Provenance.Raters.Count;
        var kind = new MapKind("STD_DEVIATION", "UNCERTAINTY", "STD_RATERS", $"Standard deviation over {raters} raters, {structure.Label}", Code.StandardDeviation, 0.5, options?.IntegerMaps == true);
        return Translated.Errors("Parametric map", null, () => Write(source, result, structure, result.Maps.Uncertainty[structureIndex], kind, seriesOffset: 3 + structureIndex, $"{RaterWords.Series(result.Provenance)} uncertainty, {structure.Label}", options ?? new()));
    }

    /// <summary>The calibrated probability, 0 to 1.</summary>
    /// <inheritdoc cref="Uncertainty"/>
    public static DicomDataset Probability(DicomSeries source, SegmentationResult result, int structureIndex, WriterOptions? options = null)
    {
        var structure = result.Structures[structureIndex];
        var kind = new MapKind("NONE", "PROBABILITY", "PROBABILITY", $"Probability of {structure.Label}", null, 1, options?.IntegerMaps == true);
        return Translated.Errors("Parametric map", null, () => Write(source, result, structure, result.Maps.Probability[structureIndex], kind, seriesOffset: 2, $"{RaterWords.Series(result.Provenance)} probability, {structure.Label}", options ?? new()));
    }

    private static DicomDataset Write(
        DicomSeries source, SegmentationResult result, Structure structure, float[] map, MapKind kind, int seriesOffset, string description, WriterOptions options)
    {
        var common = new DerivedObject(source, result, options);
        var isPicture = !source.Volume.Grid.HasPatientSpace;
        var frames = Frames(source);
        var modality = source.Volume.Modality.Length > 0 ? source.Volume.Modality : "OT";
        var content = isPicture ? $"{kind.Explanation} (synthetic plane)" : kind.Explanation;
        var shared = new DicomDataset()
            .With(new PlaneGeometry(source))
            .With(new ParametricMapGroups(kind, structure, Laterality.Of(source, options)));

        // A photograph has no frame of reference as a rule; the object must have one.
        var ownSpace = isPicture && source.First.GetValueCount(DicomTag.FrameOfReferenceUID) == 0 ? options.NewUid() : null;
        return common.Start(
                DicomUID.ParametricMapStorage.UID, modality, seriesOffset, description,
                [.. frames.Select(frame => frame.Source)], [structure.Anatomy ?? structure.Type])
            .With(new FrameOfReference(source.First, ownSpace))
            .With(new ParametricMapImage(source, kind, content, options))
            .With(new Dimensions(options.NewUid(), HasSegments: false, HasPositions: true, Is3D: true))
            .With(new FunctionalGroups(shared, frames, common.Computed, $"{kind.Explanation}; {result.Provenance.Parameters}"))
            .Add(Pixels(result.Maps, map, kind));
    }

    /// <summary>One for each slice, ascending along the normal: Slicer stacks them as stored.</summary>
    private static List<DerivedFrame> Frames(DicomSeries source)
    {
        if (!source.IsResampled)
            return [.. source.Planes.Select((plane, i) => new DerivedFrame([i + 1], plane, PlaneGeometry.Position(plane)))];

        // On the even grid the user asked for; each slice names the plane nearest to it.
        var planes = source.Planes.Select(plane => plane.PositionMm).ToArray();
        return [.. Enumerable.Range(0, source.Volume.Grid.Slices).Select(z => new DerivedFrame(
            [z + 1],
            source.Planes[PlaneResampling.NearestPlane(planes, planes[0] + z * source.Volume.Grid.SpacingMm.Z)],
            PlaneGeometry.Position(source.Volume.Grid.ToPatient(0, 0, z))))];
    }

    private static DicomElement Pixels(RaterMaps maps, float[] map, MapKind kind)
    {
        var (pixels, slices) = (maps.Grid.PixelsPerSlice, maps.Grid.Slices);
        var slice = new float[kind.IsInteger ? pixels : 0];
        return kind.IsInteger
            ? new(DicomTag.PixelData, DicomVR.OW, new FramePixels(slices, pixels * sizeof(ushort), (z, into) =>
            {
                Values(maps, map, z, slice);
                Store(slice, MemoryMarshal.Cast<byte, ushort>(into));
            }))
            : new(DicomTag.FloatPixelData, DicomVR.OF, new FramePixels(slices, pixels * sizeof(float), (z, into) => Values(maps, map, z, MemoryMarshal.Cast<byte, float>(into))));
    }

    private static void Values(RaterMaps maps, float[] map, int z, Span<float> slice)
    {
        maps.CopySlice<float>(map, z, slice);
        OnlyNumbers(slice);
    }

    private static void Store(ReadOnlySpan<float> slice, Span<ushort> stored)
    {
        for (var i = 0; i < stored.Length; i++)
            stored[i] = (ushort)Math.Clamp(slice[i] * (double)ushort.MaxValue + 0.5, 0, ushort.MaxValue);
    }

    /// <summary>What is not finite becomes 0: viewers scale by the largest value.</summary>
    private static void OnlyNumbers(Span<float> slice)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(slice);
        foreach (ref var vector in vectors)
            vector = Vector.ConditionalSelect(Vector.LessThanOrEqual(Vector.Abs(vector), new(float.MaxValue)), vector, Vector<float>.Zero);
        foreach (ref var value in slice[(vectors.Length * Vector<float>.Count)..])
            if (!float.IsFinite(value))
                value = 0;
    }
}
