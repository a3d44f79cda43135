namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

/// <summary>A result without a network: what is brighter than the mean is inside.</summary>
internal static class StubResult
{
    public static SegmentationResult Of(Volume volume, string model = "stub")
    {
        var mean = volume.Samples.Average();
        var maps = new RaterMaps(volume.Grid, volume.Grid.Whole, ["bright"], ["anna", "berta"]);
        for (var i = 0; i < maps.Box.Count; i++)
        {
            var inside = volume.Samples[i] > mean;
            maps.Probability[0][i] = inside ? 0.75f : 0.25f;
            maps.Uncertainty[0][i] = 0.125f;
            maps.RaterProbability[0][0][i] = inside ? 1 : 0;
            maps.RaterProbability[1][0][i] = 0.5f;
        }

        byte[] mask = [.. maps.Probability[0].Select(value => (byte)(value >= 0.5f ? 1 : 0))];
        var code = new CodedConcept("1", "99MRNET", "bright");
        return new()
        {
            Maps = maps,
            Structures = [new() { Label = "bright", Category = code, Type = code, Color = 0xFF0000 }],
            Masks = [mask],
            Measurements = [new("bright", mask.Count(voxel => voxel == 1), 0.5, [1, 2], 0.125, 0.125)],
            Provenance = new()
            {
                ModelId = model,
                ModelVersion = "1",
                WeightsSha256 = new string('0', 64),
                Raters = ["anna", "berta"],
                Expertness = [0.5f, 0.5f],
                ExpertnessIsUsers = false,
                Threshold = 0.5,
                Preparation = "none",
                Device = "cpu",
                SoftwareVersion = "0",
                Created = new(2026, 5, 4, 12, 0, 0, TimeSpan.Zero),
                Seconds = 0,
            },
        };
    }
}
