using MRNet.Imaging.Model.Weights.Pth;

namespace MRNet.Imaging.Model.Weights;

/// <summary>Opens a file of tensors by what it begins with.</summary>
public static class TensorFiles
{
    /// <param name="path">Safetensors, or PyTorch's <c>.pth</c>.</param>
    /// <exception cref="WeightsException">Missing, neither of the two, damaged, or with code in it.</exception>
    public static INamedTensors Open(string path)
    {
        if (!File.Exists(path))
            throw new WeightsException($"There is no weights file {path}.");
        return Start(path) switch
        {
            [(byte)'P', (byte)'K', ..] => PthFile.Open(path),
            [0x80, 2 or 3 or 4 or 5, ..] => throw new WeightsException($"{Path.GetFileName(path)} is a bare pickle, as PyTorch before 1.6 wrote; load it there and save it again with a newer one."),
            _ => SafetensorsFile.Open(path),
        };
    }

    private static byte[] Start(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var start = new byte[4];
            return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new WeightsException($"{Path.GetFileName(path)} cannot be read: {error.Message}", error);
        }
    }
}
