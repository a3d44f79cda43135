namespace MRNet.Imaging.Nifti;

/// <summary>The field <c>datatype</c> of a NIfTI header.</summary>
public enum NiftiDataType
{
    Binary = 1,
    UInt8 = 2,
    Int16 = 4,
    Int32 = 8,
    Float32 = 16,
    Complex64 = 32,
    Float64 = 64,
    Rgb24 = 128,
    Int8 = 256,
    UInt16 = 512,
    UInt32 = 768,
    Int64 = 1024,
    UInt64 = 1280,
    Float128 = 1536,
    Complex128 = 1792,
    Complex256 = 2048,
    Rgba32 = 2304,
}

internal static class NiftiDataTypes
{
    /// <returns>0 for a number that names no data type.</returns>
    public static int Bits(this NiftiDataType type) => type switch
    {
        NiftiDataType.Binary => 1,
        NiftiDataType.UInt8 or NiftiDataType.Int8 => 8,
        NiftiDataType.Int16 or NiftiDataType.UInt16 => 16,
        NiftiDataType.Rgb24 => 24,
        NiftiDataType.Int32 or NiftiDataType.UInt32 or NiftiDataType.Float32 or NiftiDataType.Rgba32 => 32,
        NiftiDataType.Int64 or NiftiDataType.UInt64 or NiftiDataType.Float64 or NiftiDataType.Complex64 => 64,
        NiftiDataType.Float128 or NiftiDataType.Complex128 => 128,
        NiftiDataType.Complex256 => 256,
        _ => 0,
    };

    public static bool IsColour(this NiftiDataType type) => type is NiftiDataType.Rgb24 or NiftiDataType.Rgba32;

    /// <summary>True where the values fit a Volume: one real number, or red, green and blue.</summary>
    public static bool IsReadable(this NiftiDataType type) => type is not (NiftiDataType.Binary or NiftiDataType.Float128
        or NiftiDataType.Complex64 or NiftiDataType.Complex128 or NiftiDataType.Complex256);

    /// <summary>Integers that reach beyond the 24 bits a float keeps.</summary>
    public static bool MayRound(this NiftiDataType type) => type is NiftiDataType.Int32 or NiftiDataType.UInt32
        or NiftiDataType.Int64 or NiftiDataType.UInt64;

    public static bool IsFloating(this NiftiDataType type) => type is NiftiDataType.Float32 or NiftiDataType.Float64;
}
