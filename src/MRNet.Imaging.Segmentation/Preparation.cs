using System.Text.Json.Serialization;

namespace MRNet.Imaging.Segmentation;

/// <summary>How a slice is put before the network.</summary>
public enum Framing
{
    /// <summary>The whole slice (or region) is resampled to the network's size.</summary>
    Resize,

    /// <summary>Windows of the network's size at the image's own pixels; a larger region is covered by overlapping windows.</summary>
    Window,
}

/// <summary>Where the two grey values come from that become 0 and 1.</summary>
public enum IntensityRange
{
    /// <summary>Low and High are values: HU for CT, 0 and 255 for a photograph.</summary>
    Values,

    /// <summary>Low and High are percentiles (0..100) of what the network sees of the slice.</summary>
    SlicePercentiles,

    /// <summary>Low and High are percentiles (0..100) of the whole volume.</summary>
    VolumePercentiles,
}

/// <summary>What is done to an image before the network sees it; part of a model, and the same in training.</summary>
public sealed record Preparation
{
    public required Framing Framing { get; init; }

    /// <summary>Width and height in pixels that the network sees, a multiple of 32.</summary>
    public required int Size { get; init; }

    /// <summary>The model knows only the surroundings of its structure: an image larger than <see cref="Size"/> needs a region.</summary>
    public bool NeedsRegion { get; init; }

    public required IntensityRange Range { get; init; }

    /// <summary>Becomes 0; what lies below, too.</summary>
    public required double Low { get; init; }

    /// <summary>Becomes 1; what lies above, too.</summary>
    public required double High { get; init; }

    /// <summary>One per channel, or one for all: the network sees (value - Mean) / Deviation.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>One per channel, or one for all; positive.</summary>
    public required IReadOnlyList<float> Deviation { get; init; }

    /// <summary>How the model finds its region by itself; null for one that looks at the whole slice or must be told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LocatorOptions? Locator { get; init; }

    /// <summary>For reports and DICOM: "window 128".</summary>
    public override string ToString() => Framing == Framing.Resize ? $"resize {Size}" : $"window {Size}";
}
