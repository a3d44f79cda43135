using MRNet.Dicom;

namespace MRNet.Imaging.Dicom;

/// <summary>The one place where the toolkit's errors become this library's.</summary>
internal static class Translated
{
    public static T Errors<T>(string fileName, DicomTransferSyntax? syntax, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (DicomException error)
        {
            throw Of(error, fileName, syntax);
        }
    }

    public static ImagingException Of(DicomException error, string fileName, DicomTransferSyntax? syntax)
    {
        var message = $"{fileName}: {error.Message}";
        return error is DicomCodecException && syntax is not null && !IsDecodable(syntax)
            ? new UnsupportedImageException(message, error)
            : new InvalidImageException(message, error);
    }

    private static bool IsDecodable(DicomTransferSyntax syntax) => !syntax.IsEncapsulated
        || NativeCodecs.Describe().Any(codec => codec.IsAvailable && codec.TransferSyntaxes.Contains(syntax));
}
