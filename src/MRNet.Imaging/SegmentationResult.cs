namespace MRNet.Imaging;

/// <summary>
/// Everything one segmentation gave, for writers and people: maps, masks, measurements, and what made them. Nothing
/// after this type knows of a network.
/// </summary>
public sealed record SegmentationResult
{
    public required RaterMaps Maps { get; init; }

    /// <summary>One for each structure, in the order of the maps.</summary>
    public required IReadOnlyList<Structure> Structures { get; init; }

    /// <summary>[S] of (D, H, W) over the box of the maps: 1 inside, 0 outside.</summary>
    public required IReadOnlyList<byte[]> Masks { get; init; }

    /// <summary>One for each structure.</summary>
    public required IReadOnlyList<Measurement> Measurements { get; init; }

    public required Provenance Provenance { get; init; }
}

/// <summary>Numbers of one structure.</summary>
/// <param name="Label">The structure's label.</param>
/// <param name="Voxels">Voxels in the mask.</param>
/// <param name="VolumeMl">Volume of the mask in mL; null for a photograph.</param>
/// <param name="RaterVolumesMl">Volume of each rater's grading (probability at or above the threshold) in mL; pixels for a photograph. None in a preview.</param>
/// <param name="MeanUncertainty">Mean of the uncertainty over voxels where the structure is possible (probability or any rater at least 0.05); 0 when there are none, null in a preview.</param>
/// <param name="MaxUncertainty">Largest uncertainty, 0..0.5; null in a preview.</param>
public sealed record Measurement(
    string Label, long Voxels, double? VolumeMl, IReadOnlyList<double> RaterVolumesMl, double? MeanUncertainty, double? MaxUncertainty);

/// <summary>What made a result: enough to make it again.</summary>
public sealed record Provenance
{
    public required string ModelId { get; init; }

    public required string ModelVersion { get; init; }

    /// <summary>SHA-256 of the weights file, 64 hexadecimal digits.</summary>
    public required string WeightsSha256 { get; init; }

    public required IReadOnlyList<string> Raters { get; init; }

    /// <summary>Weight of each rater as used: sum 1.</summary>
    public required IReadOnlyList<float> Expertness { get; init; }

    /// <summary>True when the user gave the weights: the object is then SEMIAUTOMATIC.</summary>
    public required bool ExpertnessIsUsers { get; init; }

    /// <summary>True when neither the user nor the whole image, but the model's own locator said where to look.</summary>
    public bool RegionIsLocators { get; init; }

    /// <summary>A voxel is inside at or above this probability.</summary>
    public required double Threshold { get; init; }

    /// <summary>How slices were put before the network: "resize 256", "crop 128 at 0.7 mm".</summary>
    public required string Preparation { get; init; }

    /// <summary>cpu, cuda or cuda:1.</summary>
    public required string Device { get; init; }

    /// <summary>What the refined logits were divided by, to calibrate the probability; 1 for nothing.</summary>
    public double Temperature { get; init; } = 1;

    public Quality Quality { get; init; }

    public Precision Precision { get; init; }

    /// <summary>What sets the result apart from one that may be kept: "preview", "bfloat16", "preview, bfloat16"; empty for one that may.</summary>
    public string Caveat => string.Join(", ", new[]
    {
        Quality == Quality.Preview ? "preview" : "",
        Precision == Precision.Float32 ? "" : Precision.ToString().ToLowerInvariant(),
    }.Where(word => word.Length > 0));

    /// <summary>The uncertainty may be written into files: all of the network was run, in single precision.</summary>
    public bool HasReliableUncertainty => Caveat.Length == 0;

    /// <summary>Version of this program.</summary>
    public required string SoftwareVersion { get; init; }

    /// <summary>When it was computed, with the zone of the machine.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>Seconds the computation took.</summary>
    public required double Seconds { get; init; }

    /// <summary>The weights and settings on one line, the same in every object (DICOM AlgorithmParameters).</summary>
    public string Parameters => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"expertness={string.Join(',', Raters.Zip(Expertness, (rater, weight) => FormattableString.Invariant($"{rater}:{weight:0.####}")))};threshold={Threshold:0.####};maps=paper;preparation={Preparation}{(Temperature == 1 ? "" : FormattableString.Invariant($";temperature={Temperature:0.####}"))}{(RegionIsLocators ? ";region=locator" : "")}{(Caveat.Length == 0 ? "" : ";caveat=" + Caveat)}");
}
