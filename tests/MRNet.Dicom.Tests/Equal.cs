namespace MRNet.Dicom.Tests;

/// <summary>Data sets compared item by item, to the byte.</summary>
internal static class Equal
{
    public static void Datasets(DicomDataset expected, DicomDataset actual, string where)
    {
        // Group lengths are not written (retired).
        var left = expected.Where(item => item.Tag.Element != 0).ToList();
        var right = actual.ToList();
        Assert.True(left.Select(i => i.Tag).SequenceEqual(right.Select(i => i.Tag)), $"{where}: tags differ");
        foreach (var (a, b) in left.Zip(right))
            Items(a, b, $"{where} {a.Tag}");
    }

    private static void Items(DicomItem a, DicomItem b, string where)
    {
        Assert.True(a.GetType() == b.GetType(), $"{where}: {a.GetType().Name} became {b.GetType().Name}");
        if (a is DicomElement left && b is DicomElement right)
        {
            var trimmed = right.Length == left.Length + 1 ? right.Bytes[..^1] : right.Bytes; // an odd value was padded
            Assert.True(left.VR == right.VR, $"{where}: {left.VR} became {right.VR}");
            Assert.True(left.Bytes.Span.SequenceEqual(trimmed.Span), $"{where}: bytes differ");
        }

        if (a is DicomSequence many && b is DicomSequence same)
        {
            Assert.True(many.Items.Count == same.Items.Count, $"{where}: {many.Items.Count} items became {same.Items.Count}");
            for (var i = 0; i < many.Items.Count; i++)
                Datasets(many.Items[i], same.Items[i], $"{where} item {i + 1}");
        }

        if (a is DicomFragmentSequence pixels && b is DicomFragmentSequence again)
        {
            Assert.Equal(pixels.OffsetTable, again.OffsetTable);
            Assert.Equal(pixels.Fragments.Count, again.Fragments.Count);
            foreach (var (f, g) in pixels.Fragments.Zip(again.Fragments))
                Assert.True(f.Bytes.Span.SequenceEqual(g.Bytes.Span[..f.Length]), $"{where}: a fragment differs");
        }
    }
}
