using System.Text.Json;
using System.Text.Json.Serialization;
using MRNet.Imaging.Protocol.V1;
using MRNet.Imaging.Server.Results;

namespace MRNet.Imaging.Nats.Wire;

/// <summary>A result as it comes from a worker: masks as bits, and those maps that the outputs asked for are made of.</summary>
internal static class ResultPayload
{
    private const long Largest = 32L << 30;

    /// <summary>A photograph has no volume, and a mean over nothing is no number.</summary>
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <param name="outputs">What is asked for.</param>
    /// <param name="touched">Told that the transfer goes on.</param>
    public static PayloadReader Read(SegmentationResult result, IReadOnlyCollection<Output> outputs, Action? touched = null)
    {
        var maps = result.Maps;
        var head = new Head(
            maps.Grid, maps.Box, result.Structures, maps.Raters, result.Measurements, result.Provenance,
            outputs.Any(NeedsProbability), maps.Uncertainty.Count > 0 && outputs.Any(NeedsUncertainty), outputs.Any(NeedsRaters));
        return new(JsonSerializer.SerializeToUtf8Bytes(head, Json),
        [
            .. result.Masks.Select(mask => MapEncoder.Packed(mask, maps.Box.PixelsPerSlice)),
            .. head.Probability ? maps.Probability : [],
            .. head.Uncertainty ? maps.Uncertainty : [],
            .. head.RaterProbability ? maps.RaterProbability.SelectMany(rater => rater) : [],
        ], touched);
    }

    /// <param name="receive">Writes the payload into the stream it is given.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async Task<SegmentationResult> WriteAsync(Func<Stream, Task> receive)
    {
        Head? head = null;
        RaterMaps? maps = null;
        byte[][] bits = [];
        using var writer = new PayloadWriter(header =>
        {
            head = JsonSerializer.Deserialize<Head>(header, Json) ?? throw new InvalidDataException("The result's header is empty.");
            Check(head);
            maps = Maps(head);
            bits = [.. head.Structures.Select(_ => new byte[(head.Box.PixelsPerSlice + 7) / 8 * head.Box.Slices])];
            return
            [
                .. bits,
                .. head.Probability ? maps.Probability : [],
                .. head.Uncertainty ? maps.Uncertainty : [],
                .. head.RaterProbability ? maps.RaterProbability.SelectMany(rater => rater) : [],
            ];
        });
        await receive(writer);
        writer.Complete();
        return new()
        {
            Maps = maps!,
            Structures = head!.Structures,
            Masks = [.. bits.Select(packed => Unpacked(packed, head.Box))],
            Measurements = head.Measurements,
            Provenance = head.Provenance,
        };
    }

    private static bool NeedsProbability(Output kind) => kind is Output.Probability or Output.DicomParametricMap or Output.Nifti;

    private static bool NeedsUncertainty(Output kind) => kind is Output.Uncertainty or Output.DicomParametricMap or Output.Nifti or Output.DicomSc;

    /// <summary>The report has the raters' cup-to-disc ratios.</summary>
    private static bool NeedsRaters(Output kind) => kind is Output.RaterMasks or Output.RaterProbability or Output.DicomSr;

    private static void Check(Head head)
    {
        if (!head.Box.IsWithin(head.Grid.Checked()) || head.Structures.Count is 0 or > 256 || head.Raters.Count > 256)
            throw new InvalidDataException("The result's box, structures or raters do not fit its image.");
        var maps = (head.Probability ? 1 : 0) + (head.Uncertainty ? 1 : 0) + (head.RaterProbability ? head.Raters.Count : 0);
        if (maps * head.Structures.Count * head.Box.Count * sizeof(float) > Largest)
            throw new InvalidDataException($"The result has more than {Largest} bytes.");
    }

    /// <summary>Maps that were not sent are empty.</summary>
    private static RaterMaps Maps(Head head)
    {
        return new(
            head.Grid, head.Box, [.. head.Structures.Select(structure => structure.Label)], head.Raters,
            Some(head.Probability), head.Raters.Count == 0 ? [] : Some(head.Uncertainty), [.. head.Raters.Select(_ => Some(head.RaterProbability))]);

        float[][] Some(bool sent) => [.. head.Structures.Select(_ => sent ? new float[head.Box.Count] : [])];
    }

    private static byte[] Unpacked(byte[] packed, VoxelBox box)
    {
        var (pixels, stride) = (box.PixelsPerSlice, (box.PixelsPerSlice + 7) / 8);
        var mask = new byte[box.Count];
        for (var slice = 0; slice < box.Slices; slice++)
            for (var i = 0; i < pixels; i++)
                mask[slice * pixels + i] = (byte)((packed[slice * stride + (i >> 3)] >> (i & 7)) & 1);
        return mask;
    }

    private sealed record Head(
        Grid Grid, VoxelBox Box, IReadOnlyList<Structure> Structures, IReadOnlyList<string> Raters, IReadOnlyList<Measurement> Measurements, Provenance Provenance,
        bool Probability, bool Uncertainty, bool RaterProbability);
}
