using System.Buffers.Binary;

namespace MRNet.Imaging.Server.Tests.Jobs.Contract;

/// <summary>A NIfTI-1 file (one .nii) of a few voxels, or of many: float samples that count up.</summary>
internal static class TinyImage
{
    public static byte[] Of(int columns = 4, int rows = 3, int slices = 2)
    {
        var file = new byte[352 + columns * rows * slices * sizeof(float)];
        BinaryPrimitives.WriteInt32LittleEndian(file, 348);
        short[] dim = [3, (short)columns, (short)rows, (short)slices, 1, 1, 1, 1];
        for (var i = 0; i < dim.Length; i++)
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(40 + 2 * i), dim[i]);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(70), 16); // float
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(72), 32);
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(76 + 4 * i), 1);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(108), 352);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(254), 1); // sform: the patient's axes
        for (var axis = 0; axis < 3; axis++)
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(280 + 16 * axis + 4 * axis), 1);
        "n+1\0"u8.CopyTo(file.AsSpan(344));
        for (var i = 0; i < columns * rows * slices; i++)
            BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(352 + 4 * i), i);
        return file;
    }
}
