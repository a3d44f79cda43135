namespace MRNet.Dicom.Tests;

public sealed class JpegHuffmanTablesTests
{
    /// <summary>Found by the campaign of damaged input: JpegLibrary took 25 s for 318 bytes.</summary>
    [Fact]
    public void A_table_without_codes_is_refused() =>
        Assert.Contains("0 codes", Assert.Throws<DicomCodecException>(() => JpegHuffmanTables.Check(Stream(new byte[16]))).Message);

    [Fact]
    public void A_table_with_more_codes_of_a_length_than_there_are_is_refused() =>
        Assert.Contains("more codes", Assert.Throws<DicomCodecException>(() => JpegHuffmanTables.Check(Stream([3, .. new byte[15]], 1, 2, 3))).Message);

    [Fact]
    public void A_table_without_its_values_is_refused() =>
        Assert.Contains("2 codes and 1 bytes", Assert.Throws<DicomCodecException>(() => JpegHuffmanTables.Check(Stream([1, 1, .. new byte[14]], 5))).Message);

    [Fact]
    public void The_second_table_of_a_segment_is_looked_at_too() =>
        Assert.Throws<DicomCodecException>(() => JpegHuffmanTables.Check(Stream([1, .. new byte[15]], [5, 0x10, .. new byte[16]])));

    [Fact]
    public void A_whole_table_passes() => JpegHuffmanTables.Check(Stream([1, 1, .. new byte[14]], 5, 6));

    /// <summary>A stream with coded data before its tables, as between two scans.</summary>
    private static byte[] Stream(byte[] counts, params byte[] values)
    {
        var length = 3 + counts.Length + values.Length;
        return [0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 0x12, 0xFF, 0, 0xC4, 0xFF, 0xC4, (byte)(length >> 8), (byte)length, 0, .. counts, .. values, 0xFF, 0xD9, 0, 0];
    }
}
