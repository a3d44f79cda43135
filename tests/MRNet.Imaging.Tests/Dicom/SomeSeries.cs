using MRNet.Dicom;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Tests.Dicom;

/// <summary>Series, results and options whose files come out the same twice.</summary>
internal static class SomeSeries
{
    public static WriterOptions Options(int seed = 1)
    {
        var random = new Random(seed);
        return new() { NewUid = () => DicomUID.Generate(random).UID, Time = new FixedTime(), InstallationId = "test" };
    }

    public static ImageIdentity Identity(int seed = 7) => ImageIdentity.Anonymous(Options(seed).NewUid) with { SeriesNumber = 4, StudyDate = "20260102", StudyTime = "030405" };

    /// <summary>Whole numbers, each voxel another one.</summary>
    public static Volume Volume(Grid? grid = null, string modality = "CT", int channels = 1)
    {
        grid ??= Some.Grid();
        return new(grid, [.. Enumerable.Range(0, (int)grid.Count * channels).Select(i => channels == 1 ? i % 30000 - 1000f : i * 7 % 256)], channels) { Modality = modality };
    }

    /// <summary>Writes a volume as files and gives their folder's content back in another order.</summary>
    public static string[] Files(TemporaryFolder folder, Volume volume, WriterOptions? options = null, Action<DicomDataset, int>? change = null, string name = "a")
    {
        var images = DicomImageWriter.Write(volume, Identity(), options ?? Options(11)).ToArray();
        Directory.CreateDirectory(folder[name]);
        var paths = images.Select((image, i) =>
        {
            change?.Invoke(image, i);
            // Names say nothing of the order.
            var path = Path.Combine(folder[name], $"{(i * 7 + 3) % 11:00}-{i:000}.dcm");
            image.SaveAs(path);
            return path;
        }).ToArray();
        return paths;
    }

    public static DicomSeries Read(TemporaryFolder folder, Volume volume, Action<DicomDataset, int>? change = null, SeriesReadOptions? options = null)
    {
        Files(folder, volume, change: change);
        return DicomSeriesReader.Read([folder["a"]], options);
    }

    public static Structure Structure(string label, int color) => new()
    {
        Label = label,
        Category = new("91723000", "SCT", "Anatomical Structure"),
        Type = label == "Optic cup" ? new("OPTIC_CUP", "99MRNET", "Optic cup") : new("81016008", "SCT", "Optic disc"),
        Anatomy = new("5665001", "SCT", "Retina"),
        Color = color,
    };

    public static Provenance Provenance(bool users = false) => new()
    {
        ModelId = "disc-cup",
        ModelVersion = "1.2.0",
        WeightsSha256 = new string('a', 12) + new string('0', 52),
        Raters = ["R1", "R2", "R3"],
        Expertness = users ? [0.5f, 0.25f, 0.25f] : [1 / 3f, 1 / 3f, 1 / 3f],
        ExpertnessIsUsers = users,
        Threshold = 0.5,
        Preparation = "resize 256",
        Device = "cpu",
        SoftwareVersion = "0.1.0",
        Created = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Seconds = 1,
    };

    /// <summary>
    /// Two structures in a box that leaves a border: the first on every slice but the box's first, the second on its last
    /// only, inside the first where <paramref name="overlap"/>.
    /// </summary>
    public static SegmentationResult Result(Grid grid, bool overlap = true, bool empty = false, bool users = false)
    {
        var box = new VoxelBox(grid.Columns > 3 ? 1 : 0, grid.Rows > 2 ? 1 : 0, 0, Math.Max(1, grid.Columns - 2), Math.Max(1, grid.Rows - 1), grid.Slices);
        Structure[] structures = [Structure("Optic disc", 0xFF0000), Structure("Optic cup", 0x00FF00)];
        var maps = new RaterMaps(grid, box, [.. structures.Select(s => s.Label)], ["R1", "R2", "R3"]);
        var masks = structures.Select(_ => new byte[box.Count]).ToArray();
        var random = new Random(5);
        for (var i = 0; i < box.Count; i++)
        {
            var z = i / box.PixelsPerSlice;
            var first = !empty && (z > 0 || box.Slices == 1) && random.Next(3) > 0;
            var second = !empty && z == box.Slices - 1 && random.Next(2) > 0 && (overlap || !first);
            (masks[0][i], masks[1][i]) = ((byte)(first ? 1 : 0), (byte)(second ? 1 : 0));
            for (var s = 0; s < 2; s++)
            {
                maps.Probability[s][i] = random.NextSingle();
                maps.Uncertainty[s][i] = random.NextSingle() / 2;
            }
        }

        for (var r = 0; r < 3; r++)
            for (var i = 0; i < box.Count; i++)
                (maps.RaterProbability[r][0][i], maps.RaterProbability[r][1][i]) = (masks[0][i] * (1 - 0.3f * r), masks[1][i] * (0.4f + 0.2f * r));

        return new() { Maps = maps, Structures = structures, Masks = masks, Measurements = [.. structures.Select((_, s) => Measured(maps, s, masks[s]))], Provenance = Provenance(users) };
    }

    private static Measurement Measured(RaterMaps maps, int s, byte[] mask)
    {
        var (has, unit) = (maps.Grid.HasPatientSpace, maps.Grid.HasPatientSpace ? maps.Grid.VoxelVolumeMm3 / 1000 : 1);
        var voxels = mask.Count(value => value != 0);
        return new(maps.Structures[s], voxels, has ? voxels * unit : null, [.. maps.RaterProbability.Select(rater => rater[s].Count(value => value >= 0.5f) * unit)], 0.1, 0.5);
    }

    /// <summary>(D, H, W) of the grid: a mask or map laid into the whole.</summary>
    public static T[] Whole<T>(RaterMaps maps, T[] box) where T : struct
    {
        var whole = new T[maps.Grid.Count];
        for (var z = 0; z < maps.Grid.Slices; z++)
            maps.CopySlice<T>(box, z, whole.AsSpan(z * maps.Grid.PixelsPerSlice, maps.Grid.PixelsPerSlice));
        return whole;
    }

    /// <summary>An Enhanced CT of the slices of a volume: what the standard asks for and the reader looks at.</summary>
    public static DicomDataset Enhanced(Volume volume, Action<DicomDataset, int>? changeFrame = null)
    {
        var options = Options(3);
        var slices = DicomImageWriter.Write(volume, Identity(), options).ToArray();
        var multi = slices[0].Clone()
            .AddOrUpdate(DicomTag.SOPClassUID, DicomUID.EnhancedCTImageStorage)
            .AddOrUpdate(DicomTag.SOPInstanceUID, options.NewUid())
            .AddOrUpdate(DicomTag.NumberOfFrames, slices.Length);
        var pixels = new List<byte>();
        var frames = new List<DicomDataset>();
        // Stored from the top down: the order of frames means nothing.
        for (var i = slices.Length - 1; i >= 0; i--)
        {
            slices[i].TryGetRaw(DicomTag.PixelData, out var raw);
            pixels.AddRange(raw.ToArray());
            var position = new DicomDataset();
            slices[i].CopyTo(position, DicomTag.ImagePositionPatient);
            var frame = new DicomDataset()
                .Add(DicomTag.PlanePositionSequence, position)
                .Add(DicomTag.FrameContentSequence, new DicomDataset().Add(DicomTag.StackID, "1").Add(DicomTag.InStackPositionNumber, (uint)i + 1));
            changeFrame?.Invoke(frame, i);
            frames.Add(frame);
        }

        var (measures, orientation, values) = (new DicomDataset(), new DicomDataset(), new DicomDataset());
        slices[0].CopyTo(measures, DicomTag.PixelSpacing, DicomTag.SliceThickness);
        slices[0].CopyTo(orientation, DicomTag.ImageOrientationPatient);
        slices[0].CopyTo(values, DicomTag.RescaleIntercept, DicomTag.RescaleSlope, DicomTag.RescaleType);
        multi.Remove(
            DicomTag.ImagePositionPatient, DicomTag.ImageOrientationPatient, DicomTag.PixelSpacing, DicomTag.SliceThickness, DicomTag.SpacingBetweenSlices,
            DicomTag.RescaleIntercept, DicomTag.RescaleSlope, DicomTag.RescaleType);
        return multi
            .Add(DicomTag.SharedFunctionalGroupsSequence, new DicomDataset()
                .Add(DicomTag.PixelMeasuresSequence, measures)
                .Add(DicomTag.PlaneOrientationSequence, orientation)
                .Add(DicomTag.PixelValueTransformationSequence, values))
            .Add(DicomTag.PerFrameFunctionalGroupsSequence, frames)
            .AddOrUpdate(DicomTag.PixelData, [.. pixels]);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 4, 0, 0, TimeSpan.Zero);
    }
}
