using System.Globalization;
using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>From the files of one series to the frames of one stack: what is no image goes, what is several stacks is refused or chosen from.</summary>
internal static class FrameSelection
{
    /// <returns>Null for an image.</returns>
    public static string? WhyNoImage(ImageFile file)
    {
        var dataset = file.Dataset;
        if (file.SopClassUid is "1.2.840.10008.5.1.4.1.1.66.4" or "1.2.840.10008.5.1.4.1.1.66.7" or "1.2.840.10008.5.1.4.1.1.66.5")
            return "it is a segmentation, not an image";
        if (file.SopClassUid == DicomUID.ParametricMapStorage.UID)
            return "it is a parametric map, not an image";
        if (file.SopClassUid == DicomUID.RTDoseStorage.UID)
            return "it is a dose grid, not an image";
        if (!dataset.Contains(DicomTag.Rows) || !dataset.Contains(DicomTag.Columns))
            return $"it has no Rows and Columns ({new DicomUID(file.SopClassUid).Name})";
        if (!dataset.Contains(DicomTag.PixelData) && !dataset.Contains(DicomTag.FloatPixelData) && !dataset.Contains(DicomTag.DoubleFloatPixelData))
            return "it has no pixel data";
        return null;
    }

    /// <summary>Frames of one stack. Their order is still that of the files.</summary>
    public static List<ImageFrame> Of(IReadOnlyList<ImageFile> files, SeriesReadOptions options, List<string> notes)
    {
        foreach (var file in files)
            RefuseWhole(file);

        var frames = files.SelectMany(ImageFrame.Of).ToList();
        var images = frames.FindAll(frame => !IsLocalizer(frame));
        if (images.Count == 0)
            throw new UnsupportedImageException($"The series holds localizers only ({frames.Count} images).");
        if (images.Count < frames.Count)
            notes.Add($"{frames.Count - images.Count} localizer images left out.");

        foreach (var frame in images)
            RefuseWithoutPlace(frame, images.Count);
        return Chosen(Stacks(images), options);
    }

    private static void RefuseWhole(ImageFile file)
    {
        var dataset = file.Dataset;
        if (WhyNoImage(file) is { } reason)
            throw new UnsupportedImageException($"{file.Name}: {reason}.");

        var mosaic = new DicomTag(0x0019, 0x000A, "SIEMENS MR HEADER");
        if (ImageType(dataset).Contains("MOSAIC") || dataset.GetSingleValueOrDefault(mosaic, 1) > 1)
            throw new UnsupportedImageException($"{file.Name} is a Siemens mosaic: many slices tiled into one image. Convert it to one image per slice (or enhanced multi-frame) first.");
        if (dataset.Contains(DicomTag.TotalPixelMatrixColumns))
            throw new UnsupportedImageException($"{file.Name} is a tiled whole-slide image; wanted slices or one picture.");
    }

    public static bool IsLocalizer(ImageFile file) => ImageType(file.Dataset) is [_, _, "LOCALIZER", ..];

    private static bool IsLocalizer(ImageFrame frame) => FrameType(frame) is [_, _, "LOCALIZER", ..];

    private static string[] ImageType(DicomDataset dataset) => dataset.GetStringOrEmpty(DicomTag.ImageType).Split('\\', StringSplitOptions.TrimEntries);

    private static string[] FrameType(ImageFrame frame)
    {
        foreach (var group in new[] { DicomTag.CTImageFrameTypeSequence, DicomTag.MRImageFrameTypeSequence, DicomTag.PETFrameTypeSequence })
            if (frame.Group(group)?.GetStringOrEmpty(DicomTag.FrameType) is { Length: > 0 } type)
                return type.Split('\\', StringSplitOptions.TrimEntries);
        return ImageType(frame.Dataset);
    }

    private static void RefuseWithoutPlace(ImageFrame frame, int count)
    {
        if (frame.Element(DicomTag.PlanePositionSequence, DicomTag.ImagePositionPatient) is not null && (count == 1 || !frame.IsMultiFrame || frame.Group(DicomTag.PlanePositionSequence) is not null))
            return;
        if (frame.IsMultiFrame && count > 1)
            throw new UnsupportedImageException($"{frame.File.Name}: {count} frames without plane position (ImagePositionPatient in the functional groups); a cine, time series or scan of unknown order is not read.");
        if (frame.File.Modality is "CT" or "MR" or "PT")
            throw new InvalidImageException($"{frame.Name}: ImagePositionPatient is missing; slices cannot be put in order without it.");
    }

    private sealed record Stack(StackKey Key, double[] Orientation, List<ImageFrame> Frames);

    /// <summary>What frames of one stack have in common, beside their orientation.</summary>
    private sealed record StackKey(
        int Rows, int Columns, string PixelSpacing, string Photometric, string Type, string Id, string Echo, string Phase, string BValue, string FrameOfReference)
    {
        /// <summary>In words, only what differs between the stacks.</summary>
        public string Words(IReadOnlyCollection<StackKey> all)
        {
            var parts = new List<string>();
            void Say(Func<StackKey, object> value, string name)
            {
                if (all.Select(value).Distinct().Count() > 1)
                    parts.Add($"{name} {(value(this) is var own && own.ToString() is "" ? "-" : own)}");
            }

            Say(key => $"{key.Rows} x {key.Columns}", "size");
            Say(key => key.PixelSpacing.Replace('\\', ' '), "spacing");
            Say(key => key.Photometric, "photometric");
            Say(key => key.Type.Replace('\\', ' '), "type");
            Say(key => key.Id, "StackID");
            Say(key => key.Echo, "echo");
            Say(key => key.Phase, "phase");
            Say(key => key.BValue, "b-value");
            Say(key => key.FrameOfReference, "frame of reference");
            return parts.Count == 0 ? "other orientation" : string.Join(", ", parts);
        }
    }

    private static List<Stack> Stacks(List<ImageFrame> frames)
    {
        var stacks = new List<Stack>();
        foreach (var frame in frames)
        {
            var key = KeyOf(frame);
            var orientation = frame.Numbers(DicomTag.PlaneOrientationSequence, DicomTag.ImageOrientationPatient, 6) ?? [];
            var stack = stacks.Find(s => s.Key == key && IsSame(s.Orientation, orientation));
            if (stack is null)
                stacks.Add(stack = new(key, orientation, []));
            stack.Frames.Add(frame);
        }

        return stacks;
    }

    private const double SameCosine = 1e-4;

    private static bool IsSame(double[] a, double[] b) => a.Length == b.Length && a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) < SameCosine);

    private static StackKey KeyOf(ImageFrame frame)
    {
        var type = FrameType(frame);
        var spacing = frame.Numbers(DicomTag.PixelMeasuresSequence, DicomTag.PixelSpacing, 2);
        return new(
            frame.Dataset.GetSingleValueOrDefault(DicomTag.Rows, 0),
            frame.Dataset.GetSingleValueOrDefault(DicomTag.Columns, 0),
            spacing is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{spacing[0]:G6}\\{spacing[1]:G6}"),
            frame.Dataset.GetStringOrEmpty(DicomTag.PhotometricInterpretation),
            string.Join('\\', type.Skip(2).Take(frame.IsMultiFrame ? 2 : 1)),
            frame.Text(DicomTag.FrameContentSequence, DicomTag.StackID),
            frame.Group(DicomTag.MREchoSequence)?.GetStringOrEmpty(DicomTag.EffectiveEchoTime) ?? frame.Dataset.GetStringOrEmpty(DicomTag.EchoTime),
            frame.Group(DicomTag.FrameContentSequence)?.GetStringOrEmpty(DicomTag.TemporalPositionIndex) ?? frame.Dataset.GetStringOrEmpty(DicomTag.TemporalPositionIdentifier),
            frame.Group(DicomTag.MRDiffusionSequence)?.GetStringOrEmpty(DicomTag.DiffusionBValue) ?? frame.Dataset.GetStringOrEmpty(DicomTag.DiffusionBValue),
            frame.Dataset.GetStringOrEmpty(DicomTag.FrameOfReferenceUID));
    }

    private static List<ImageFrame> Chosen(List<Stack> stacks, SeriesReadOptions options)
    {
        if (options.StackId is { } wanted)
            return wanted >= 1 && wanted <= stacks.Count
                ? stacks[wanted - 1].Frames
                : throw new InvalidImageException($"Stack {wanted} was asked for; the series has {stacks.Count}.");
        if (stacks.Count == 1)
            return stacks[0].Frames;

        var keys = stacks.ConvertAll(stack => stack.Key);
        var list = stacks.Take(20).Select((stack, i) => $"{i + 1}: {stack.Frames.Count} images, {stack.Key.Words(keys)}");
        throw new UnsupportedImageException($"The series holds {stacks.Count} stacks; name one of them (--stack N). {string.Join("; ", list)}{(stacks.Count > 20 ? "; ..." : "")}.");
    }
}
