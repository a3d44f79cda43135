using System.Security.Cryptography;
using System.Text;
using MRNet.Imaging.Server.Files;

namespace MRNet.Imaging.Server.Audit;

/// <summary>UIDs in a form that says whether two are the same and nothing else, without the key. Who keeps the key can look for one.</summary>
internal sealed class KeyedHash
{
    private const int KeyBytes = 32;

    private readonly byte[] key;

    /// <param name="path">The file with the key; it is made when it is not there.</param>
    public KeyedHash(string path, IFileSystem files)
    {
        if (!files.FileExists(path))
            files.WriteWhole(path, RandomNumberGenerator.GetBytes(KeyBytes));
        key = files.ReadWhole(path);
    }

    /// <returns>32 hexadecimal digits.</returns>
    public string Of(string uid) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(uid)))[..32];
}
