using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Cli.Remote;

/// <summary>
/// A server's answer as the result it was there, so that the same writers make the same files of it. Maps come as
/// 32-bit floats and lose nothing; of the raters only the outlines come, which is all that files show of them.
/// </summary>
internal static class ReceivedResult
{
    /// <param name="asked">What the user wanted: the numbers as he gave them.</param>
    /// <exception cref="PeerException">The answer is not about this image, or parts of it are missing.</exception>
    public static SegmentationResult Of(Answer answer, Protocol.V1.Model model, Volume volume, Segmentation.SegmentationRequest asked, DateTimeOffset created)
    {
        var (structures, box) = (RemoteModels.StructuresOf(model), Box(answer.Summary, volume));
        var raters = asked.Quality == Quality.Preview ? [] : model.Raters.Select(rater => rater.Id).ToArray();
        var maps = new RaterMaps(volume.Grid, box, [.. structures.Select(structure => structure.Label)], raters);
        Fill(maps, answer);
        byte[][] masks = [.. structures.Select((_, s) => Map(answer, box, Output.Mask, s).Mask())];
        return new()
        {
            Maps = maps,
            Structures = structures,
            Masks = masks,
            Measurements = [.. masks.Select((mask, s) => Measured(answer, maps, mask, s))],
            Provenance = Made(answer, model, asked, created),
        };
    }

    private static VoxelBox Box(Summary summary, Volume volume)
    {
        var (there, here, box) = (summary.Grid, volume.Grid, summary.Box);
        if (there is null || (there.Columns, there.Rows, there.Slices) != ((uint)here.Columns, (uint)here.Rows, (uint)here.Slices)
            || !there.SopUids.SequenceEqual(volume.Sources.Select(source => source.SopInstanceUid)))
            throw new PeerException("The server's answer is about other images than those sent; is it of another version? Ask again.");
        var found = box is null ? here.Whole : new VoxelBox(box.X, box.Y, box.Z, (int)box.Columns, (int)box.Rows, (int)box.Slices);
        return found.IsWithin(here) ? found : throw new PeerException("The server's answer has a part outside the image; ask again.");
    }

    private static void Fill(RaterMaps maps, Answer answer)
    {
        for (var s = 0; s < maps.Structures.Count; s++)
        {
            Map(answer, maps.Box, Output.Probability, s).Values().CopyTo(maps.Probability[s], 0);
            if (maps.Raters.Count > 0)
                Map(answer, maps.Box, Output.Uncertainty, s).Values().CopyTo(maps.Uncertainty[s], 0);
            for (var r = 0; r < maps.Raters.Count; r++)
                Map(answer, maps.Box, Output.RaterMasks, s, maps.Raters[r]).Values().CopyTo(maps.RaterProbability[r][s], 0);
        }
    }

    private static ReceivedMap Map(Answer answer, VoxelBox box, Output kind, int s, string rater = "")
    {
        var map = answer.Map(kind, s + 1, rater) ?? throw new PeerException($"The server's answer has no {kind} of structure {s + 1}; expected one.");
        var h = map.Header;
        return new VoxelBox((int)h.X0, (int)h.Y0, (int)h.Z0, (int)h.Columns, (int)h.Rows, (int)h.Slices) == box
            ? map
            : throw new PeerException($"The server's {kind} of structure {s + 1} has another box than the answer; ask again.");
    }

    private static Measurement Measured(Answer answer, RaterMaps maps, byte[] mask, int s)
    {
        var unit = maps.Grid.HasPatientSpace ? maps.Grid.VoxelVolumeMm3 / 1000 : 1; // mL, or pixels of a photograph
        var voxels = (long)mask.Length - mask.AsSpan().Count((byte)0);
        var full = maps.Raters.Count > 0;
        return new(
            maps.Structures[s],
            voxels,
            maps.Grid.HasPatientSpace ? voxels * unit : null,
            [.. maps.RaterProbability.Select(rater => rater[s].AsSpan().Count(1f) * unit)],
            full ? answer.Summary.Stats[s].MeanUncertainty : null,
            full ? Map(answer, maps.Box, Output.Uncertainty, s).Header.Maximum : null);
    }

    private static Provenance Made(Answer answer, Protocol.V1.Model model, Segmentation.SegmentationRequest asked, DateTimeOffset created)
    {
        var said = answer.Done.Provenance;
        if (asked.Uncalibrated && said.Temperature != 1)
            throw new UnsupportedImageException($"The server is of version {said.SoftwareVersion}, which does not know --no-temperature; leave it out, or ask a newer server.");
        return new()
        {
            ModelId = said.ModelId,
            ModelVersion = said.ModelVersion,
            WeightsSha256 = said.WeightsSha256,
            Raters = [.. model.Raters.Select(rater => rater.Id)],
            Expertness = answer.Summary.Weights,
            ExpertnessIsUsers = asked.Expertness is not null,
            RegionIsLocators = answer.Summary.Located,
            Threshold = asked.Threshold ?? (double)(decimal)said.Threshold, // 0.45 is 0.45 again, not 0.449999988
            Preparation = said.Preparation,
            Temperature = said.Temperature,
            Device = said.Device,
            Quality = Enum.Parse<Quality>(said.Quality, ignoreCase: true),
            Precision = Enum.Parse<Precision>(said.Precision, ignoreCase: true),
            SoftwareVersion = said.SoftwareVersion,
            Created = created,
            Seconds = answer.Done.Seconds,
        };
    }
}
