using System.Text;

namespace MRNet.Dicom.Tests;

/// <summary>Expected names are those of pydicom, which drops an empty last component group; we keep it.</summary>
public class CharacterSetTests
{
    [Theory]
    [InlineData("chrArab.dcm", "قباني^لنزار")]
    [InlineData("chrGreek.dcm", "Διονυσιος")]
    [InlineData("chrH32.dcm", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう")]
    [InlineData("chrJapMulti.dcm", "やまだ^たろう")]
    [InlineData("chrKoreanMulti.dcm", "김희중")]
    [InlineData("chrX1.dcm", "Wang^XiaoDong=王^小東=")]
    [InlineData("chrX2.dcm", "Wang^XiaoDong=王^小东=")]
    public void Names_are_read_in_their_character_set(string file, string expected) =>
        Assert.Equal(expected, Shared.Dataset($"charset/{file}").GetString(DicomTag.PatientName));

    [Fact]
    public void An_item_may_have_its_own_character_set()
    {
        var item = Shared.Dataset("charset/chrSQEncoding.dcm").First(i => i is DicomSequence) as DicomSequence;

        Assert.Equal("ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう", item!.Items[0].GetString(DicomTag.PatientName));
    }

    /// <summary>PS3.5 annexes H to K: the bytes of the standard's own examples.</summary>
    [Theory]
    [InlineData(@"\ISO 2022 IR 87", "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B", "Yamada^Tarou=山田^太郎=やまだ^たろう")]
    [InlineData(@"\ISO 2022 IR 149", "Hong^Gildong=\x1b$)C\u00fb\u00f3^\x1b$)C\u00d1\u00ce\u00d4\u00d7=\x1b$)C\u00c8\u00ab^\x1b$)C\u00b1\u00e6\u00b5\u00bf", "Hong^Gildong=洪^吉洞=홍^길동")]
    [InlineData(@"\ISO 2022 IR 58", "Zhang^XiaoDong=\x1b$)A\u00d5\u00c5^\x1b$)A\u00d0\u00a1\u00b6\u00ab=", "Zhang^XiaoDong=张^小东=")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 144", "Buc^J\u00e9r\u00f4me \x1b-L\u00bb\u00ee\u00da", "Buc^Jérôme Люк")]
    [InlineData("ISO_IR 100", "Buc^J\u00e9r\u00f4me", "Buc^Jérôme")]
    [InlineData(@"\ISO 2022 IR 159", "\x1b$(D0\x22\x1b(B", "丄")]
    public void Code_extensions_switch_until_the_next_delimiter(string terms, string latin1, string expected)
    {
        var set = CharacterSet.Parse(terms);

        Assert.Equal(expected, set.Decode(Encoding.Latin1.GetBytes(latin1), DicomVR.PN));
    }

    [Fact]
    public void Text_keeps_its_bytes_where_all_of_it_is_in_one_set()
    {
        var source = Shared.Dataset("charset/chrH32.dcm");

        var again = Some.Again(source).Dataset;

        Assert.True(source.TryGetRaw(DicomTag.PatientName, out var before) && again.TryGetRaw(DicomTag.PatientName, out var after) && before.Span.SequenceEqual(after.Span));
    }

    [Fact]
    public void Names_copied_from_another_character_set_are_written_as_UTF_8()
    {
        var ours = new DicomDataset().Add(DicomTag.SOPInstanceUID, "1.2.3").Add(DicomTag.SeriesDescription, "Probabilité");
        Shared.Dataset("charset/chrKoreanMulti.dcm").CopyTo(ours, DicomTag.PatientName);

        var again = Some.Again(ours).Dataset;

        Assert.Equal("ISO_IR 192", again.GetString(DicomTag.SpecificCharacterSet));
        Assert.Equal("김희중", again.GetString(DicomTag.PatientName));
        Assert.Equal("Probabilité", again.GetString(DicomTag.SeriesDescription));
    }
}
