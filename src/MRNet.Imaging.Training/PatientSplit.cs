using System.Buffers.Binary;
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
/// Parts a data set by patient: the hash of the identifier decides, so that a patient stays in its part when others come
/// or go.
/// </summary>
/// <param name="Seed">Another seed, another split.</param>
/// <param name="ValidationShare">0..1</param>
/// <param name="TestShare">0..1</param>
public sealed record PatientSplit(int Seed = 1, double ValidationShare = 0.08, double TestShare = 0.15)
{
    public SplitPart Of(string patient)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Seed}/{patient}"));
        var place = BinaryPrimitives.ReadUInt32BigEndian(hash) / 4294967296.0; // 0..1
        if (place < TestShare)
            return SplitPart.Test;
        return place < TestShare + ValidationShare ? SplitPart.Validation : SplitPart.Training;
    }
}
