using System.Buffers.Binary;
using System.Reflection;
using MRNet.Dicom;
using MRNet.Imaging.Nifti;
using MRNet.Imaging.Pictures;
using MRNet.Imaging.Protocol.V1;
using Encoding = System.Text.Encoding;

namespace MRNet.Imaging.Server.Tests.Security;

/// <summary>Images with a word wherever their formats have a place for text, whole ones and spoilt ones.</summary>
internal sealed class CanaryImages(TemporaryFolder folder)
{
    public const string Word = "CANARY";

    private static readonly DicomVR[] FreeText = [DicomVR.AE, DicomVR.LO, DicomVR.LT, DicomVR.PN, DicomVR.SH, DicomVR.ST, DicomVR.UC, DicomVR.UR, DicomVR.UT];

    private static readonly byte[] Bytes = Encoding.ASCII.GetBytes(Word);

    /// <summary>The CT with the word in every element of free text of PS3.6, in an item of a sequence, and in private elements; names of files too.</summary>
    public string[] Series() => [.. RunningServer.CtFiles.Select((path, i) =>
    {
        var dataset = DicomFile.Open(path).Dataset;
        foreach (var tag in TextTags())
            dataset.AddOrUpdate(tag, Word);
        var item = new DicomDataset();
        item.AddOrUpdate(DicomTag.PatientID, Word);
        dataset.AddOrUpdate(new DicomSequence(DicomTag.OtherPatientIDsSequence, item));
        dataset.AddOrUpdate(new DicomElement(new DicomTag(0x0009, 0x0010), DicomVR.LO, Bytes));
        dataset.AddOrUpdate(new DicomElement(new DicomTag(0x0009, 0x1001), DicomVR.LO, Bytes));
        new DicomFile(dataset).Save(folder[$"{Word}{i}.dcm"]);
        return folder[$"{Word}{i}.dcm"];
    })];

    /// <summary>How many elements that is.</summary>
    public static int TextElements => TextTags().Count();

    /// <summary>With the word in descrip, aux_file, intent_name, data_type and db_name, and in a header extension.</summary>
    public string Nifti()
    {
        NiftiWriter.Write(folder["plain.nii"], new Volume(new Grid(128, 128, 2), new float[128 * 128 * 2]));
        var plain = File.ReadAllBytes(folder["plain.nii"]);
        foreach (var (at, length) in new[] { (4, 10), (14, 18), (148, 80), (228, 24), (328, 16) })
        {
            plain.AsSpan(at, length).Clear();
            Bytes.CopyTo(plain, at);
        }

        var extension = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(extension, extension.Length);
        BinaryPrimitives.WriteInt32LittleEndian(extension.AsSpan(4), 6); // a comment
        Bytes.CopyTo(extension, 8);
        var voxels = (int)BinaryPrimitives.ReadSingleLittleEndian(plain.AsSpan(108)); // vox_offset
        plain[348] = 1; // there are extensions
        BinaryPrimitives.WriteSingleLittleEndian(plain.AsSpan(108), voxels + extension.Length);
        return Written("whole.nii", [.. plain[..voxels], .. extension, .. plain[voxels..]]);
    }

    /// <summary>With the word in EXIF (description, artist, copyright), XMP and a comment.</summary>
    public string Jpeg()
    {
        var plain = File.ReadAllBytes(RunningServer.TestData("fundus/fundus.jpg"));
        byte[] xmp = [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Encoding.ASCII.GetBytes($"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{Word}</x:xmpmeta>")];
        return Written("whole.jpg", [.. plain[..2], .. Segment(0xE1, [.. "Exif\0\0"u8, .. Exif()]), .. Segment(0xE1, xmp), .. Segment(0xFE, Bytes), .. plain[2..]]);
    }

    /// <summary>With the word in tEXt, iTXt and eXIf.</summary>
    public string Png()
    {
        PictureWriter.Write(folder["plain.png"], PictureReader.Read(RunningServer.TestData("fundus/fundus.jpg")));
        var plain = File.ReadAllBytes(folder["plain.png"]);
        const int afterHeader = 33;
        return Written("whole.png", [.. plain[..afterHeader], .. Chunk("tEXt", [.. "Author\0"u8, .. Bytes]), .. Chunk("iTXt", [.. "Title\0\0\0\0\0"u8, .. Bytes]), .. Chunk("eXIf", Exif()), .. plain[afterHeader..]]);
    }

    /// <summary>Files that fail, each in another place, and some that are read all the same.</summary>
    public IEnumerable<(string[] Paths, ImageKind Kind)> Spoilt(string[] series)
    {
        var dicom = File.ReadAllBytes(series[0]);
        yield return ([Written("cut.dcm", dicom[..(dicom.Length / 2)])], ImageKind.Dicom);
        yield return ([Written("head.dcm", dicom[..700])], ImageKind.Dicom);
        yield return ([series[0], series[2], series[5], series[8]], ImageKind.Dicom);
        foreach (var item in DicomFile.Open(RunningServer.CtFiles[0]).Dataset.ToList())
            yield return ([Patched(RunningServer.CtFiles[0], item.Tag)], ImageKind.Dicom);
        foreach (var (whole, kind) in new[] { (Nifti(), ImageKind.Nifti), (Jpeg(), ImageKind.Picture), (Png(), ImageKind.Picture) })
        {
            var (bytes, ending) = (File.ReadAllBytes(whole), Path.GetExtension(whole));
            yield return ([Written("text" + ending, Text())], kind);
            yield return ([Written("cut" + ending, bytes[..(bytes.Length / 2)])], kind);
            yield return ([Written("head" + ending, bytes[..300])], kind);
            foreach (var at in new[] { 0, 40, 70, 108, 250, 340 }) // sizeof_hdr, dim, datatype, vox_offset; segments and chunks
                yield return ([Written($"at{at}{ending}", [.. bytes[..at], .. Bytes, .. bytes[(at + Bytes.Length)..]])], kind);
        }
    }

    public static byte[] Text() => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Word + " ", 200)));

    private static IEnumerable<DicomTag> TextTags() => typeof(DicomTag).GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Where(property => property.PropertyType == typeof(DicomTag)).Select(property => (DicomTag)property.GetValue(null)!)
        .Where(tag => tag.Group is >= 0x0008 and <= 0x0088 && DicomDictionary.Find(tag) is { IsRetired: false } && FreeText.Contains(DicomDictionary.VROf(tag)));

    /// <summary>The word where the reader may need something else.</summary>
    private string Patched(string path, DicomTag tag)
    {
        var dataset = DicomFile.Open(path).Dataset;
        dataset.AddOrUpdate(new DicomElement(tag, DicomVR.LO, Bytes));
        new DicomFile(dataset).Save(folder["patched.dcm"]);
        return folder["patched.dcm"];
    }

    /// <summary>A TIFF directory with three texts.</summary>
    private static byte[] Exif()
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        writer.Write([.. "II*\0"u8]);
        writer.Write(8);
        ushort[] tags = [0x010E, 0x013B, 0x8298]; // ImageDescription, Artist, Copyright
        writer.Write((ushort)tags.Length);
        var text = 8 + 2 + tags.Length * 12 + 4;
        foreach (var tag in tags)
        {
            writer.Write(tag);
            writer.Write((ushort)2); // ASCII
            writer.Write(Word.Length + 1);
            writer.Write(text);
        }

        writer.Write(0);
        writer.Write([.. Bytes, 0]);
        return content.ToArray();
    }

    private static byte[] Segment(byte marker, byte[] content) => [0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)(content.Length + 2), .. content];

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] named = [.. Encoding.ASCII.GetBytes(type), .. content];
        return [.. BigEndian((uint)content.Length), .. named, .. BigEndian(Crc(named))];
    }

    private static byte[] BigEndian(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }

    private string Written(string name, byte[] content)
    {
        File.WriteAllBytes(folder[Word + name], content);
        return folder[Word + name];
    }
}
