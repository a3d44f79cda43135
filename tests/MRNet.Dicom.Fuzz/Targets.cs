using System.Text;

namespace MRNet.Dicom.Fuzz;

/// <summary>Every parser and every codec of MRNet.Dicom, by name. Without the sample files, those that need them have no examples.</summary>
public static class Targets
{
    private const int LongestFile = 120_000;
    private const int LargestPicture = 4 << 20; // samples; larger ones are legal and not what is tested here

    public static IReadOnlyList<Target> All { get; } =
    [
        new("part10", [.. Files().Select(bytes => new Seed(bytes, mutant => UseFile(mutant, tolerant: false)))]),
        new("part10-tolerant", [.. Files().Select(bytes => new Seed(bytes, mutant => UseFile(mutant, tolerant: true)))]),
        new("deflated", [.. Deflated().Select(bytes => new Seed(bytes, mutant => UseFile(mutant, tolerant: true)))]),
        new("dicomdir", [.. Samples.Small(LongestFile).Where(file => file.Contains("DICOMDIR", StringComparison.Ordinal)).Select(file => new Seed(File.ReadAllBytes(file), UseDirectory))]),
        new("json", [.. Files().Select(JsonOf).OfType<byte[]>().Select(bytes => new Seed(bytes, UseJson))]),
        new("palette", [new([0, 0, 2, 0, 0, 0, 255, 255, 1, 0, 100, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0, 0, 1, 0, 54, 0, 0, 128], UsePalette)]),
        Frames("rle", [.. OwnFrames.Rle()], "colour/SC_rgb_rle.dcm", "colour/SC_rgb_rle_16bit.dcm", "colour/SC_rgb_rle_32bit_2frame.dcm", "transfer_syntax_same_mr/MR_small_RLE.dcm", "segmentation/bit_packed/liver_nonbyte_aligned_rle.dcm"),
        Frames("jpeg-lossless", [.. OwnFrames.JpegLossless()], "colour/SC_rgb_jpeg_gdcm.dcm"),
        Frames("jpeg-baseline", [], "colour/SC_rgb_dcmtk_+eb+cr.dcm", "colour/SC_rgb_dcmtk_+eb+cy+s2.dcm", "colour/SC_rgb_dcmtk_+eb+cy+n1.dcm", "colour/SC_rgb_small_odd_jpeg.dcm", "colour/SC_rgb_jpeg_lossy_gdcm.dcm"),
        Frames("jpeg-extended", [], "codecs/JPGExtended.dcm", "encapsulation/CT0012.fragmented_no_bot_jpeg_baseline.51.dcm"),
        Frames("deflated-frame", [.. OwnFrames.Deflated()], "segmentation/bit_packed/liver_deflate.dcm"),
        Frames("jpeg-ls", [], "codecs/JPEGLSNearLossless_08.dcm", "codecs/JPEGLSNearLossless_16.dcm", "codecs/JLSL_08_07_0_1F.dcm", "codecs/JLSL_RGB_ILV0.dcm", "transfer_syntax_same_mr/MR_small_jpeg_ls_lossless.dcm", "colour/SC_rgb_jls_lossy_line.dcm", "colour/SC_rgb_jls_lossy_sample.dcm"),
        NativeFrames("jpeg2000", OpenJpeg.Library, "transfer_syntax_same_mr/MR_small_jp2klossless.dcm", "colour/SC_rgb_gdcm_KY.dcm", "codecs/JPEG2000.dcm", "codecs/693_J2KI.dcm", "codecs/ELSCINT1_JP2vsJ2K.dcm", "codecs/GDCMJ2K_TextGBR.dcm", "segmentation/bit_packed/liver_nonbyte_aligned_j2k.dcm"),
        NativeFrames("htj2k", OpenJpeg.Library, "codecs/HTJ2K_08_RGB.dcm", "codecs/HTJ2KLossless_08_RGB.dcm"),
        .. NetworkTargets.All,
    ];

    private static IEnumerable<byte[]> Files() => Samples.Small(LongestFile).Select(File.ReadAllBytes).Append(OwnFrames.File(DicomTransferSyntax.ExplicitVRLittleEndian));

    private static IEnumerable<byte[]> Deflated() => Samples.Files("codecs/image_dfl.dcm").Select(File.ReadAllBytes).Append(OwnFrames.File(DicomTransferSyntax.DeflatedExplicitVRLittleEndian));

    private static Target Frames(string name, Seed[] own, params string[] files) => new(name, [.. own, .. Samples.Files(files).Select(FrameOf)]);

    private static Target NativeFrames(string name, NativeCodecLibrary library, params string[] files) =>
        library.IsAvailable ? Frames(name, [], files) : new(name, []);

    /// <summary>The first frame of a file, to be decoded as the file describes it.</summary>
    private static Seed FrameOf(string file)
    {
        var pixels = DicomPixelData.Create(DicomFile.Open(file, new() { Tolerant = true }).Dataset);
        return OwnFrames.Seed(pixels.TransferSyntax, pixels.Encoded(0).ToArray(), pixels.Info);
    }

    /// <summary>All that a command does with a file: its text, its first frame, its colours, writing it again.</summary>
    private static void UseFile(byte[] bytes, bool tolerant)
    {
        var dataset = DicomFile.Open(bytes, new() { Tolerant = tolerant }).Dataset;
        dataset.Dump();
        dataset.TryGetSingleValue<double>(DicomTag.RescaleSlope, out _);
        if (dataset.Contains(DicomTag.PixelData))
        {
            var pixels = DicomPixelData.Create(dataset);
            if ((long)pixels.Width * pixels.Height * pixels.SamplesPerPixel < LargestPicture)
            {
                pixels.GetFrame(0);
                if (pixels.SamplesPerPixel == 3 || pixels.PhotometricInterpretation == "PALETTE COLOR")
                    pixels.GetRgbFrame(0);
            }
        }

        using var written = new MemoryStream();
        new DicomFile(dataset).Save(written);
    }

    private static void UseDirectory(byte[] bytes)
    {
        foreach (var record in DicomDirectory.Read(DicomFile.Open(bytes, new() { Tolerant = true })).SelectMany(record => record.All))
            _ = string.Join('/', record.Path);
    }

    private static byte[]? JsonOf(byte[] file)
    {
        try
        {
            return Encoding.UTF8.GetBytes(DicomJson.ConvertDicomToJson(DicomFile.Open(file).Dataset, new() { LongestInlineBytes = 1000 }));
        }
        catch (DicomException)
        {
            return null; // a sample that is refused
        }
    }

    private static void UseJson(byte[] bytes)
    {
        foreach (var dataset in DicomJson.ConvertJsonToDicoms(bytes))
        {
            using var written = new MemoryStream();
            new DicomFile(dataset).Save(written);
            DicomJson.ConvertDicomToJson(dataset);
        }
    }

    /// <summary>The bytes as the segmented table of each colour of a picture.</summary>
    private static void UsePalette(byte[] table)
    {
        var dataset = OwnFrames.Image(4, 4, 8, new byte[16]).AddOrUpdate(DicomTag.PhotometricInterpretation, "PALETTE COLOR");
        foreach (var (descriptor, data) in new[]
        {
            (DicomTag.RedPaletteColorLookupTableDescriptor, DicomTag.SegmentedRedPaletteColorLookupTableData),
            (DicomTag.GreenPaletteColorLookupTableDescriptor, DicomTag.SegmentedGreenPaletteColorLookupTableData),
            (DicomTag.BluePaletteColorLookupTableDescriptor, DicomTag.SegmentedBluePaletteColorLookupTableData),
        })
            dataset.Add(new DicomElement(descriptor, DicomVR.US, new byte[] { 202, 0, 0, 0, 16, 0 })).Add(new DicomElement(data, DicomVR.OW, table));
        DicomPixelData.Create(dataset).GetRgbFrame(0);
    }
}
