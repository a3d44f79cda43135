using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace MRNet.Dicom;

/// <summary>Other names for the same things: by a keyed hash (HMAC-SHA-256), so that references within a run stay true and nobody without the key gets back.</summary>
internal sealed class Pseudonyms(byte[] key)
{
    private const int MostDays = 3650;

    /// <summary>A UID of an instance; one that DICOM itself defines stays.</summary>
    public string Uid(string uid) => uid.Length == 0 || uid.StartsWith("1.2.840.10008.", StringComparison.Ordinal)
        ? uid
        : "2.25." + new BigInteger(Hash("uid", uid).AsSpan(0, 16), isUnsigned: true).ToString(CultureInfo.InvariantCulture);

    public string Patient(string patientId) => "ANON-" + Convert.ToHexString(Hash("patient", patientId), 0, 6);

    /// <summary>Days that a patient's dates move back, 1 to 3650.</summary>
    public int Days(string patientId) => 1 + BitConverter.ToUInt16(Hash("days", patientId)) % MostDays;

    private byte[] Hash(string purpose, string value) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{purpose}\0{value}"));
}
