using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace MRNet.Dicom.Tests;

/// <summary>
/// Each file of data/dicom against its row of MANIFEST.md: it reads as the row says or is refused with the reason, and its frames are those of an
/// independent decoder (frames.tsv to the bit, averages.tsv where decoders round) or are refused with the reason.
/// </summary>
public class ManifestTests
{
    /// <summary>Strict reading refuses these; what it says of each.</summary>
    private static readonly Dictionary<string, string> RefusedFiles = new()
    {
        ["bad/ExplVR_BigEndNoMeta.dcm"] = "DICM",
        ["bad/ExplVR_LitEndNoMeta.dcm"] = "DICM",
        ["bad/MR_truncated.dcm"] = "has a length of 8192, and 8130 bytes are left",
        ["bad/emri_small_jpeg_2k_lossless_too_short.dcm"] = "the fragments are not ended",
        ["bad/meta_missing_tsyntax.dcm"] = "has no (0002,0010)",
        ["bad/no_meta.dcm"] = "DICM",
        ["bad/rtplan_truncated.dcm"] = "bytes are left",
        ["codecs/JLSL_RGB_ILV0.dcm"] = "DICM",
        ["codecs/JLSL_RGB_ILV1.dcm"] = "DICM",
        ["codecs/JLSL_RGB_ILV2.dcm"] = "DICM",
        ["codecs/JLSN_RGB_ILV0.dcm"] = "DICM",
        ["codecs/zipMR.gz"] = "gzip",
        ["colour/SC_rgb_jpeg.dcm"] = "has the VR bytes 18 00",
        ["dicomdir/DICOMDIR-nooffset"] = "bytes are left",
        ["misc/rtstruct.dcm"] = "DICM",
    };

    /// <summary>Frames that are refused; what is said of each.</summary>
    private static readonly Dictionary<string, string> RefusedFrames = new()
    {
        ["transfer_syntax_same_ct/CTImage.dcm_JPEGProcess6_8TransferSyntax_1.2.840.10008.1.2.4.53.dcm"] = "1.2.840.10008.1.2.4.53",
        ["transfer_syntax_same_ct/CTImage.dcm_JPEGProcess10_12TransferSyntax_1.2.840.10008.1.2.4.55.dcm"] = "1.2.840.10008.1.2.4.55",
        ["bad/MR_truncated.dcm"] = "has 8130 bytes; frame 1 of 64 x 64 ends at 8192",
        ["bad/badVR.dcm"] = "(0028,0008)",
        ["bad/meta_missing_tsyntax.dcm"] = "(0028,0011) Columns is missing",
        ["misc/nested_priv_SQ.dcm"] = "(0028,0011) Columns is missing",
        ["misc/JPEG2000-embedded-sequence-delimiter.dcm"] = "the data set says 256 x 1024 x 1", // the delimiter's bytes stand in the stream's own size
        ["bad/slicethickness_empty_string.dcm"] = "10 bits; Bits Stored is 12",
    };

    /// <summary>Proven by another test: equal to another file, or by a rule of ours that the other decoders do not share.</summary>
    private static readonly string[] ProvenElsewhere =
    [
        .. from native in new[] { "liver", "liver_nonbyte_aligned" } from encoding in new[] { "deflate", "rle", "j2k" } select $"segmentation/bit_packed/{native}_{encoding}.dcm", // SameImageTests
        "colour/SC_ybr_full_422_uncompressed.dcm", // ColourTests: stays subsampled until RGB is asked for
        "codecs/TOSHIBA_J2K_SIZ1_PixRep0.dcm", // the data set's sign is believed, not the stream's (dicom-toolkit.md section 4)
    ];

    [Fact]
    public void Every_file_reads_as_its_row_says_or_is_refused_with_the_reason()
    {
        var wrong = new List<string>();
        foreach (var row in Rows())
        {
            var refusal = Refusal(row.File);
            if (RefusedFiles.TryGetValue(row.File, out var reason) ? refusal?.Contains(reason, StringComparison.Ordinal) != true : refusal is not null)
                wrong.Add($"{row.File}: {refusal ?? "is read"}; expected {reason ?? "no refusal"}");
            if (row.File is "codecs/zipMR.gz" or "bad/no_meta.dcm" || row.Syntax.StartsWith("unreadable", StringComparison.Ordinal))
                continue;
            wrong.AddRange(Differences(row).Select(difference => $"{row.File}: {difference}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_frame_is_that_of_an_independent_decoder_or_is_refused_with_the_reason()
    {
        Needs.For("2k");
        var hashes = Table("frames.tsv").ToDictionary(columns => columns[0], columns => columns[1]);
        var averages = Table("averages.tsv").ToDictionary(columns => columns[0]);
        var wrong = new List<string>();
        foreach (var row in Rows().Where(row => HasPixels(row.File) && !ProvenElsewhere.Contains(row.File)))
        {
            try
            {
                var frames = Frames(row.File);
                if (RefusedFrames.ContainsKey(row.File))
                    wrong.Add($"{row.File}: its frames should be refused");
                else if (hashes.TryGetValue(row.File, out var hash))
                    wrong.AddRange(Convert.ToHexStringLower(SHA256.HashData(frames.Bytes)).StartsWith(hash, StringComparison.Ordinal) ? [] : [$"{row.File}: other frames than {hash}"]);
                else if (averages.TryGetValue(row.File, out var columns))
                    wrong.AddRange(frames.Apart(Numbers(columns[2]), Numbers(columns[3])) is { } apart ? [$"{row.File}: {apart}"] : []);
                else
                    wrong.Add($"{row.File}: no independent decoder's frames are known");
            }
            catch (DicomException error)
            {
                if (!RefusedFrames.TryGetValue(row.File, out var reason) || !error.Message.Contains(reason, StringComparison.Ordinal))
                    wrong.Add($"{row.File}: {error.Message}");
            }
        }

        Assert.Empty(wrong);
    }

    private static IEnumerable<string> Differences(Row row)
    {
        var path = Shared.Path(row.File);
        if (new FileInfo(path).Length != row.Bytes || !Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))).StartsWith(row.Hash, StringComparison.Ordinal))
            yield return "is another file";
        var file = DicomFile.Open(path, new() { Tolerant = true });
        var dataset = file.Dataset;
        string Text(DicomTag tag) => dataset.GetStringOrEmpty(tag).Trim();
        if (row.Syntax != "-" && file.FileMetaInfo.TransferSyntax.UID.UID != row.Syntax)
            yield return $"transfer syntax {file.FileMetaInfo.TransferSyntax.UID.UID}; the row says {row.Syntax}";
        if (row.Size.StartsWith('-') || file.FileMetaInfo.TransferSyntax.UID.UID.Length == 0)
            yield break;
        var size = $"{Text(DicomTag.Rows)}x{Text(DicomTag.Columns)}x{(Text(DicomTag.NumberOfFrames) is { Length: > 0 } frames ? frames : "1")}";
        if (size != row.Size)
            yield return $"{size}; the row says {row.Size}";
        var pixels = $"{Text(DicomTag.PhotometricInterpretation)} {Text(DicomTag.BitsAllocated)}/{(Text(DicomTag.BitsStored) is { Length: > 0 } stored ? stored : "-")}";
        if (pixels != row.Pixels)
            yield return $"{pixels}; the row says {row.Pixels}";
    }

    private static string? Refusal(string file)
    {
        try
        {
            Shared.Open(file);
            return null;
        }
        catch (DicomFileException error)
        {
            return error.Message;
        }
    }

    private static bool HasPixels(string file)
    {
        try
        {
            var dataset = Shared.Open(file, new() { Tolerant = true }).Dataset;
            return dataset.Contains(DicomTag.PixelData) || dataset.Contains(DicomTag.FloatPixelData) || dataset.Contains(DicomTag.DoubleFloatPixelData);
        }
        catch (DicomFileException)
        {
            return false;
        }
    }

    private static Decoded Frames(string file)
    {
        var pixels = DicomPixelData.Create(Shared.Open(file, new() { Tolerant = true }).Dataset);
        using var all = new MemoryStream();
        for (var i = 0; i < pixels.NumberOfFrames; i++)
            all.Write(pixels.GetFrame(i).Span);
        return new(all.ToArray(), pixels);
    }

    private static double[] Numbers(string column) => [.. column.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    private static IEnumerable<string[]> Table(string name)
    {
        using var reader = new StreamReader(typeof(ManifestTests).Assembly.GetManifestResourceStream(name)!);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
                yield return line.Split('\t');
        }
    }

    /// <summary>The DICOM files that the manifest lists; it names a folder once and its files below it.</summary>
    private static IEnumerable<Row> Rows()
    {
        var folder = "";
        foreach (var line in File.ReadLines(Shared.Path("MANIFEST.md")))
        {
            if (Regex.Match(line, @"^## (\S+) \(\d+ files") is { Success: true } heading)
                folder = heading.Groups[1].Value;
            var cells = line.Trim().Trim('|').Split('|', StringSplitOptions.TrimEntries);
            if (folder.Length > 0 && cells.Length == 9 && long.TryParse(cells[1], out var bytes) && Path.GetExtension(cells[0]) is not (".json" or ".nrrd" or ".nii") && !cells[0].EndsWith(".nii.gz", StringComparison.Ordinal))
                yield return new($"{folder}/{cells[0]}", bytes, cells[2], cells[4], cells[5], cells[8]);
        }
    }

    private sealed record Row(string File, long Bytes, string Syntax, string Size, string Pixels, string Hash);

    private sealed record Decoded(byte[] Bytes, DicomPixelData Pixels)
    {
        /// <summary>Decoders of the cosine transform round differently, chroma is smoothed by some: half a step of the mean, and a little of the spread, is no difference.</summary>
        public string? Apart(double[] means, double[] deviations)
        {
            var components = Pixels.SamplesPerPixel;
            for (var c = 0; c < components; c++)
            {
                var values = Enumerable.Range(0, Bytes.Length / (Pixels.BitsAllocated / 8) / components).Select(i => Value((i * components) + c)).ToArray();
                var mean = values.Average();
                var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
                if (Math.Abs(mean - means[c]) > 0.5 || Math.Abs(deviation - deviations[c]) > 0.5 + (0.05 * deviations[c]))
                    return FormattableString.Invariant($"component {c + 1} has mean {mean:0.###} and deviation {deviation:0.###}; expected {means[c]} and {deviations[c]}");
            }

            return null;
        }

        private double Value(int index) => (Pixels.BitsAllocated, Pixels.PixelRepresentation) switch
        {
            (8, _) => Bytes[index],
            (_, 1) => BitConverter.ToInt16(Bytes, 2 * index),
            _ => BitConverter.ToUInt16(Bytes, 2 * index),
        };
    }
}
