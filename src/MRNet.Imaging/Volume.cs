namespace MRNet.Imaging;

/// <summary>An image as the rest of the program sees it: samples on a grid, whatever file it came from.</summary>
public sealed class Volume
{
    /// <param name="samples">(C, D, H, W): channel, slice, row, column; in the unit of the modality (HU for CT).</param>
    /// <exception cref="ArgumentException">The number of samples is not channels x voxels.</exception>
    public Volume(Grid grid, float[] samples, int channels = 1)
    {
        if (samples.LongLength != grid.Count * channels)
            throw new ArgumentException($"{samples.LongLength} samples; expected {channels} x {grid.Count}.", nameof(samples));
        (Grid, Samples, Channels) = (grid, samples, channels);
    }

    public Grid Grid { get; }

    /// <summary>(C, D, H, W)</summary>
    public float[] Samples { get; }

    public int Channels { get; }

    /// <summary>The modality as DICOM writes it: CT, MR, OP (ophthalmic photograph), XC (photograph), or empty when the file does not say.</summary>
    public string Modality { get; init; } = "";

    /// <summary>Which DICOM image each slice came from; empty when it came from no DICOM.</summary>
    public IReadOnlyList<SliceSource> Sources { get; init; } = [];

    /// <summary>What a user should know of how the image was read: "lossy compressed", "scl_slope is NaN: not applied".</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The samples of one slice of one channel, (H, W).</summary>
    public Span<float> Slice(int slice, int channel = 0) =>
        Samples.AsSpan(checked((int)(((long)channel * Grid.Slices + slice) * Grid.PixelsPerSlice)), Grid.PixelsPerSlice);
}

/// <summary>The DICOM image a slice was read from.</summary>
/// <param name="SopInstanceUid">SOP Instance UID of the image.</param>
/// <param name="Frame">Frame number from 1 in a multi-frame image, 0 in a single-frame one.</param>
public readonly record struct SliceSource(string SopInstanceUid, int Frame);
