namespace MRNet.Imaging.Pictures;

/// <summary>
/// The image in its own pixels with the raters' disagreement laid over it as heat and the masks as contours: what a viewer
/// that knows nothing of maps can show.
/// </summary>
public sealed class UncertaintyOverlay
{
    private readonly Volume volume;
    private readonly SegmentationResult result;
    private readonly DisplayWindow window;

    public UncertaintyOverlay(Volume volume, SegmentationResult result)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(result);
        (this.volume, this.result, window) = (volume, result, DisplayWindow.Of(volume, result.Maps.Box));
    }

    /// <summary>What a display maps to black and white, for the description of the picture.</summary>
    public DisplayWindow Window => window;

    /// <param name="slice">Slice of the grid.</param>
    /// <param name="rgb">(H, W, 3) of the grid.</param>
    public void Paint(int slice, Span<byte> rgb)
    {
        PaintImage(slice, rgb);
        PaintHeat(slice, rgb);
        var mask = new byte[volume.Grid.PixelsPerSlice];
        for (var s = 0; s < result.Structures.Count; s++)
            if (result.Maps.CopySlice<byte>(result.Masks[s], slice, mask))
                PaintContour(mask, result.Structures[s].Color, rgb);
    }

    private void PaintImage(int slice, Span<byte> rgb)
    {
        var isColour = ContactSheet.IsColour(volume);
        for (var channel = 0; channel < 3; channel++)
        {
            var samples = volume.Slice(slice, isColour ? channel : 0);
            for (var i = 0; i < samples.Length; i++)
                rgb[i * 3 + channel] = Byte(isColour ? samples[i] : 255 * window.Apply(samples[i]));
        }
    }

    /// <summary>The largest over the structures: one picture shows where any of them is in doubt.</summary>
    private void PaintHeat(int slice, Span<byte> rgb)
    {
        var map = new float[volume.Grid.PixelsPerSlice];
        var most = new float[map.Length];
        foreach (var uncertainty in result.Maps.Uncertainty)
        {
            result.Maps.CopySlice<float>(uncertainty, slice, map);
            for (var i = 0; i < most.Length; i++)
                most[i] = Math.Max(most[i], map[i]);
        }

        for (var i = 0; i < most.Length; i++)
        {
            var share = ContactSheet.ShareOfMaximum(most[i]);
            var pixel = rgb.Slice(i * 3, 3);
            var (cover, (r, g, b)) = (Heat.Cover(share), Heat.Colour(share));
            (pixel[0], pixel[1], pixel[2]) = (Mix(pixel[0], r, cover), Mix(pixel[1], g, cover), Mix(pixel[2], b, cover));
        }
    }

    /// <summary>Pixels inside that touch one outside by an edge; what reaches the border of the image stays open there.</summary>
    private void PaintContour(ReadOnlySpan<byte> mask, int colour, Span<byte> rgb)
    {
        var (columns, rows) = (volume.Grid.Columns, volume.Grid.Rows);
        for (var y = 0; y < rows; y++)
            for (var x = 0; x < columns; x++)
            {
                var at = y * columns + x;
                if (mask[at] == 0)
                    continue;
                var isEdge = (x > 0 && mask[at - 1] == 0) || (x < columns - 1 && mask[at + 1] == 0) || (y > 0 && mask[at - columns] == 0) || (y < rows - 1 && mask[at + columns] == 0);
                if (isEdge)
                    (rgb[at * 3], rgb[at * 3 + 1], rgb[at * 3 + 2]) = ((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
            }
    }

    private static byte Mix(byte under, float over, float cover) => Byte(under + (over - under) * cover);

    private static byte Byte(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);
}
