using System.Globalization;

namespace MRNet.Dicom.Network;

/// <summary>What a peer answered, PS3.7 annex C and PS3.4. An answer is a value: only a broken association is an exception.</summary>
/// <param name="Comment">The peer's own words (Error Comment); empty for none.</param>
public readonly record struct DicomStatus(ushort Code, string Comment = "")
{
    public static DicomStatus Success { get; } = new(0x0000);

    public static DicomStatus Cancelled { get; } = new(0xFE00);

    public static DicomStatus ProcessingFailure { get; } = new(0x0110);

    public static DicomStatus ClassNotSupported { get; } = new(0x0122);

    public static DicomStatus UnrecognizedOperation { get; } = new(0x0211);

    public static DicomStatus OutOfResources { get; } = new(0xA700);

    public static DicomStatus CannotUnderstand { get; } = new(0xC000);

    public bool IsPending => Code is 0xFF00 or 0xFF01;

    /// <summary>Done, if with a remark: the instance is stored.</summary>
    public bool IsWarning => Code is 0x0001 or 0x0107 or 0x0116 || Code >> 12 == 0xB;

    /// <summary>True where the peer holds the instance: success, a warning, or "duplicate SOP instance", which says that it was there before.</summary>
    public bool IsStored => Code is 0x0000 or 0x0111 || IsWarning;

    /// <summary>True of failures that may pass by themselves: out of resources, a fault while processing, resource limitation.</summary>
    public bool IsTransient => Code >> 8 == 0xA7 || Code is 0x0110 or 0x0213;

    public override string ToString()
    {
        var code = Code.ToString("X4", CultureInfo.InvariantCulture);
        var name = Name is { Length: > 0 } known ? $"{code} ({known})" : code;
        return Comment.Length == 0 ? name : $"{name}: {Comment}";
    }

    private string Name => Code switch
    {
        0x0000 => "success",
        0x0110 => "processing failure",
        0x0111 => "was there before",
        0x0112 => "no such instance",
        0x0119 => "class and instance do not belong together",
        0x0122 => "SOP class not supported",
        0x0124 => "not authorized",
        0x0131 => "no such retrieve destination",
        0x0211 => "operation not known",
        0x0213 => "resource limit",
        0xFE00 => "cancelled",
        0xA701 => "out of resources, cannot count",
        0xA702 => "out of resources, cannot send",
        0xA801 => "move destination unknown",
        _ => (Code >> 8, Code >> 12) switch
        {
            (0xA7, _) => "out of resources",
            (0xA9, _) => "data set does not match the SOP class",
            (_, 0xB) => "warning",
            (_, 0xC) => "cannot understand",
            _ => "",
        },
    };
}
