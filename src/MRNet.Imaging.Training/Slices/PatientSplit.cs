using System.Buffers.Binary;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace MRNet.Imaging.Training;

/// <summary>What a patient's pictures are used for.</summary>
public enum SplitPart
{
    Training,

    /// <summary>Chooses the epoch that is kept.</summary>
    Validation,

    /// <summary>Seen once, for the score on the model's card.</summary>
    Test,
}

/// <summary>
/// Parts a data set as its folders say, else by patient: the hash of the identifier decides, so that a patient stays in
/// its part when others come or go.
/// </summary>
/// <param name="Seed">Another seed, another split.</param>
/// <param name="ValidationShare">0..1</param>
/// <param name="TestShare">0..1</param>
/// <param name="ByFolders">Training, Validation and Testing of the data set's folders count before the hash; false puts all cases together.</param>
public sealed record PatientSplit(
    int Seed = 1, [property: Range(0.0, 0.9)] double ValidationShare = 0.08, [property: Range(0.0, 0.9)] double TestShare = 0.15, bool ByFolders = true)
{
    public SplitPart Of(string patient, string? folder = null) => (ByFolders ? folder : null) switch
    {
        "Training" => SplitPart.Training,
        "Validation" => SplitPart.Validation,
        "Testing" => SplitPart.Test,
        _ => OfHash(patient),
    };

    /// <summary>For the slices of a set: where its folders name no validation, patients of the training folder are taken for it.</summary>
    public Func<string, string?, SplitPart> For(IEnumerable<string?> folders) =>
        ByFolders && folders.ToHashSet() is var named && named.Contains("Training") && !named.Contains("Validation")
            ? (patient, folder) => folder == "Training" ? (this with { TestShare = 0 }).OfHash(patient) : Of(patient, folder)
            : Of;

    private SplitPart OfHash(string patient)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed}/{patient}"));
        var place = BinaryPrimitives.ReadUInt32BigEndian(hash) / 4294967296.0; // 0..1
        if (place < TestShare)
            return SplitPart.Test;
        return place < TestShare + ValidationShare ? SplitPart.Validation : SplitPart.Training;
    }
}
