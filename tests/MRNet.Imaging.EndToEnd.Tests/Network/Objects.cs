using System.Buffers.Binary;
using MRNet.Dicom;
using MRNet.Dicom.Network;
using MRNet.Imaging.Dicom;
using MRNet.Imaging.Tests.Dicom;

namespace MRNet.Imaging.EndToEnd.Tests.Network;

/// <summary>What the tests send.</summary>
internal static class Objects
{
    public static readonly DicomAssociationOptions Us = new() { CallingAe = "MRNET", AnswerTimeout = TimeSpan.FromSeconds(30) };

    /// <summary>A CT series with a Segmentation and two Parametric Maps of it.</summary>
    public static OutgoingObject[] Study(TemporaryFolder folder)
    {
        SomeSeries.Files(folder, SomeSeries.Volume(Some.Grid(16, 9, 4)), name: "ct");
        var series = DicomSeriesReader.Read([folder["ct"]]);
        var result = SomeSeries.Result(series.Volume.Grid);
        Directory.CreateDirectory(folder["results"]);
        SegmentationWriter.Write(series, result, SomeSeries.Options(2)).SaveAs(folder["results/segmentation.dcm"]);
        ParametricMapWriter.Uncertainty(series, result, 0, SomeSeries.Options(3)).SaveAs(folder["results/uncertainty.dcm"]);
        ParametricMapWriter.Probability(series, result, 1, SomeSeries.Options(4)).SaveAs(folder["results/probability.dcm"]);
        return [.. new[] { "ct", "results" }.SelectMany(name => Directory.GetFiles(folder[name])).Order(StringComparer.Ordinal).Select(OutgoingObject.FromFile)];
    }

    public static async Task<List<SendResult>> SendAsync(DicomPeer peer, IReadOnlyList<OutgoingObject> objects, DicomAssociationOptions? options = null)
    {
        var sent = new List<SendResult>();
        await foreach (var result in DicomSender.SendAsync(peer, objects, options ?? Us))
            sent.Add(result);
        return sent;
    }

    /// <summary>Every object came back into the folder with the bytes of its data set unchanged.</summary>
    public static void AssertSame(IEnumerable<OutgoingObject> objects, string folder)
    {
        foreach (var item in objects)
            Assert.Equal(DatasetOf(item.OpenFile()), DatasetOf(File.OpenRead(Path.Combine(folder, item.SopInstance + ".dcm"))));
    }

    /// <summary>Every object is among the files with the same values, if in another encoding; an implicit one cannot say OB of its pixels.</summary>
    public static void AssertSameValues(IReadOnlyCollection<OutgoingObject> objects, string[] files)
    {
        var there = files.Select(file => DicomFile.Open(file).Dataset).ToDictionary(dataset => dataset.GetString(DicomTag.SOPInstanceUID));
        Assert.Equal(objects.Count, there.Count);
        foreach (var item in objects)
        {
            var (sent, came) = (DicomFile.Open(item.OpenFile()).Dataset, there[item.SopInstance]);
            Assert.Equal(sent.Dump().Replace(" OB (", " OW (", StringComparison.Ordinal), came.Dump().Replace(" OB (", " OW (", StringComparison.Ordinal));
            if (sent.TryGetRaw(DicomTag.PixelData, out var pixels) && came.TryGetRaw(DicomTag.PixelData, out var again))
                Assert.True(pixels.Span.SequenceEqual(again.Span));
        }
    }

    public static DicomDataset Query(string level, DicomFile file, params DicomTag[] keys)
    {
        var query = new DicomDataset().Add(DicomTag.QueryRetrieveLevel, level);
        file.Dataset.CopyTo(query, DicomTag.StudyInstanceUID);
        foreach (var key in keys)
            query.AddOrUpdate(key);
        return query;
    }

    private static byte[] DatasetOf(Stream file)
    {
        using var copy = new MemoryStream();
        using (file)
            file.CopyTo(copy);
        var bytes = copy.ToArray();
        return bytes[(144 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(140)))..]; // behind (0002,0000) and what it counts
    }
}
