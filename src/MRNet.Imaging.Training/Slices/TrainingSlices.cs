using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MRNet.Imaging.Training;

/// <summary>What the slices of a training set have in common.</summary>
public sealed record SliceFormat
{
    /// <summary>Height of what the network sees.</summary>
    public required int Rows { get; init; }

    /// <summary>Width of what the network sees.</summary>
    public required int Columns { get; init; }

    public required int Channels { get; init; }

    public required int Structures { get; init; }

    public required int Raters { get; init; }

    /// <summary>One per channel, or one for all: the network sees (value - Mean) / Deviation of values 0..1.</summary>
    public required IReadOnlyList<float> Mean { get; init; }

    /// <summary>One per channel, or one for all.</summary>
    public required IReadOnlyList<float> Deviation { get; init; }

    /// <summary>R S</summary>
    public int Masks => Raters * Structures;

    /// <summary>P: bytes for the masks of a pixel.</summary>
    public int Planes => (Masks + 7) / 8;
}

/// <summary>Slices to train or to score on, prepared as the model's preparation says.</summary>
public sealed record TrainingSlices(SliceFormat Format, IReadOnlyList<TrainingSlice> Slices)
{
    /// <summary>The slices of which <paramref name="chosen"/> holds.</summary>
    public TrainingSlices Where(Func<TrainingSlice, bool> chosen) => this with { Slices = [.. Slices.Where(chosen)] };

    public int Patients => Slices.Select(slice => slice.Patient).Distinct().Count();

    public int Cases => Slices.Select(slice => slice.Case).Distinct().Count();

    /// <summary>Share of pixels that a rater marks, over what the network sees: where it starts from.</summary>
    public double Prevalence()
    {
        var seen = Slices.Sum(slice => (slice.Focus is { } focus ? (double)focus.Side * focus.Side : (double)slice.Rows * slice.Columns) * slice.Present.Count(present => present));
        return Math.Clamp(Slices.Sum(slice => slice.Marked) / Math.Max(1, seen), 1e-3, 0.5);
    }

    /// <summary>SHA-256 of all names and pixels: tells whether two runs saw the same.</summary>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var slice in Slices)
        {
            var pixels = slice.Read();
            hash.AppendData(Encoding.UTF8.GetBytes(slice.Name));
            hash.AppendData(MemoryMarshal.AsBytes<bool>(slice.Present));
            hash.AppendData(MemoryMarshal.AsBytes<ushort>(pixels.Image));
            hash.AppendData(pixels.Marks);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
