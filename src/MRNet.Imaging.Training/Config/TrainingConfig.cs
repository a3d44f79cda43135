using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using MRNet.Imaging.Segmentation;

namespace MRNet.Imaging.Training;

/// <summary>What the model is called and what is said of it; what is null comes from the data set.</summary>
public sealed record ModelTexts
{
    /// <summary>a-z, 0-9 and hyphens.</summary>
    public string? Id { get; init; }

    public string Version { get; init; } = "1.0";

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    /// <summary>DICOM modalities: CT, MR, OP.</summary>
    public IReadOnlyList<string>? Modalities { get; init; }

    /// <summary>Label, codes and colour of each structure, in the data set's order.</summary>
    public IReadOnlyList<Structure>? Structures { get; init; }

    /// <summary>Names of the raters, in the data set's order.</summary>
    public IReadOnlyList<string>? Raters { get; init; }

    /// <summary>A voxel is inside at or above this probability.</summary>
    [Range(0.001, 1.0)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>There is one of each structure: the mask keeps its largest connected part.</summary>
    public bool KeepLargest { get; init; }

    /// <summary>Data, source and licence, for the card.</summary>
    public string? TrainingData { get; init; }

    /// <summary>Licence of the weights.</summary>
    public string? Licence { get; init; }

    public string IntendedUse { get; init; } = "Research. Not a medical device.";
}

/// <summary>Everything that decides a training run besides the data: <c>train.json</c>.</summary>
public sealed record TrainingConfig
{
    public ModelTexts Model { get; init; } = new();

    /// <summary>What is trained: mrnet, or mrnet-published; the baselines are for experiments.</summary>
    public string Method { get; init; } = "mrnet";

    /// <summary>The network's options without raters, structures and channels, which the data set decides.</summary>
    public JsonObject Network { get; init; } = new() { ["width"] = 16 };

    /// <summary>What is done to images; null ("auto") to learn it from the data.</summary>
    public Preparation? Preparation { get; init; }

    /// <summary>Side in pixels that the network sees, for a preparation that is learnt; a multiple of 32.</summary>
    [Range(32, 4096)]
    public int Size { get; init; } = 128;

    public TrainingOptions Training { get; init; } = new();

    /// <summary>How pictures are varied; null for what suits the preparation.</summary>
    public Augmentation? Augmentation { get; init; }

    /// <summary>How the locator is trained, where the preparation has one.</summary>
    public LocatorSettings Locator { get; init; } = new();

    public PatientSplit Split { get; init; } = new();

    /// <summary>Share of the slices without any mark that training sees, 0..1; null for 0.1, for crops all.</summary>
    [Range(0.0, 1.0)]
    public double? EmptySlices { get; init; }

    /// <summary>Puts each case's raters in the order of the area they marked: for raters who are not the same persons from case to case.</summary>
    public bool RatersByArea { get; init; }

    /// <summary>Grey values that are 0 and 1, where the data are already stretched as the preparation would; null for [0, 255] of crops, else for not.</summary>
    public IReadOnlyList<double>? Stretched { get; init; }

    /// <summary>Memory for prepared slices; what is beyond is read from a file in the output folder.</summary>
    [Range(16, 1_000_000)]
    public int MemoryMb { get; init; } = 2048;

    /// <summary>Fit a temperature on the validation patients and keep it in the model.</summary>
    public bool TemperatureScaling { get; init; } = true;
}
