using System.ComponentModel.DataAnnotations;

namespace MRNet.Imaging.Training;

/// <summary>How slices are varied in training. Each is off at false or 0; masks follow with their nearest pixel.</summary>
public sealed record Augmentation
{
    /// <summary>Left and right are exchanged in half of the views.</summary>
    public bool FlipX { get; init; }

    /// <summary>Up and down are exchanged in half of the views: not for anatomy that has an upper end.</summary>
    public bool FlipY { get; init; }

    /// <summary>Rows and columns are exchanged in half of the views; with both flips all eight turns occur.</summary>
    public bool Transpose { get; init; }

    /// <summary>Turned by up to so many degrees to either side.</summary>
    [Range(0.0, 180.0)]
    public double Rotation { get; init; }

    /// <summary>Enlarged or shrunk by up to the factor exp(Scale): 0.1 for about 10 %.</summary>
    [Range(0.0, 2.0)]
    public double Scale { get; init; }

    /// <summary>Moved by up to this share of the view's side, in both directions.</summary>
    [Range(0.0, 0.5)]
    public double Shift { get; init; }

    /// <summary>Beyond its border a slice goes on as its mirror image, not black: from a black edge a network learns where the middle was.</summary>
    public bool MirroredEdge { get; init; }

    /// <summary>Grey values to the power of up to exp(Gamma) or down to exp(-Gamma).</summary>
    [Range(0.0, 2.0)]
    public double Gamma { get; init; }

    /// <summary>Grey values (0..1) moved by up to this.</summary>
    [Range(0.0, 1.0)]
    public double Brightness { get; init; }

    /// <summary>Distance of grey values from 0.5 changed by up to the factor exp(Contrast).</summary>
    [Range(0.0, 2.0)]
    public double Contrast { get; init; }

    /// <summary>Each channel by itself multiplied with up to exp(Colour): keep it small.</summary>
    [Range(0.0, 1.0)]
    public double Colour { get; init; }

    /// <summary>Share of the views with bright blobs painted beside the structure, such as exudates beside an optic disc.</summary>
    [Range(0.0, 1.0)]
    public double Decoys { get; init; }

    public static Augmentation None { get; } = new();

    /// <summary>For windows around something that may lie any way round: all eight turns, other contrast.</summary>
    public static Augmentation Windows { get; } = new() { FlipX = true, FlipY = true, Transpose = true, Gamma = 0.3 };

    /// <summary>For crops that are seen whole: they have it in their middle, where a network would look for it; in a region that somebody sets it is not.</summary>
    public static Augmentation Crops { get; } = Windows with { Shift = 0.1, MirroredEdge = true };

    /// <summary>For whole slices, where up is up: mirrored, turned and scaled a little, other contrast.</summary>
    public static Augmentation WholeSlices { get; } = new() { FlipX = true, Rotation = 10, Scale = 0.1, Shift = 0.03, Gamma = 0.3, Brightness = 0.05, Contrast = 0.1, Colour = 0.05 };

    /// <summary>For regions that a locator finds: place and size vary as its finds do.</summary>
    public static Augmentation Regions { get; } = WholeSlices with { Rotation = 15, Scale = 0.25, Shift = 0.12 };

    /// <summary>For a locator: the same structure in images of half or twice the field of view.</summary>
    public static Augmentation Locating { get; } = WholeSlices with { Rotation = 15, Scale = 0.6, Shift = 0.15, Colour = 0.1 };
}
