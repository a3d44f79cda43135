using MRNet.Imaging.Client;
using MRNet.Imaging.EndToEnd.Tests.Cli;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.EndToEnd.Tests.Dicom;

/// <summary>Every form of object as the server gives it over the wire, judged by the same programs as what the command line writes.</summary>
[Trait("Category", "Interop")]
public sealed class ServedObjectsTests(SharedServe server) : IClassFixture<SharedServe>, IDisposable
{
    private static readonly Output[] All =
    [
        Output.DicomSeg, Output.DicomSegFractional, Output.DicomSegLabelmap, Output.DicomSegRaters, Output.DicomParametricMap, Output.DicomParametricMapInteger, Output.DicomSr, Output.DicomSc,
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public Task Of_a_ct_series_pass_the_strict_validator() => CheckAsync("ct-lung-nodule", Repository.TestData("ct-nodule"));

    [Fact]
    public Task Of_an_mr_series_pass_the_strict_validator() => CheckAsync("mr-brain", Repository.TestData("mr-head"));

    [Fact]
    public Task Of_an_enhanced_ct_pass_the_strict_validator() =>
        CheckAsync("ct-lung-nodule", Shared.Data("dicom", "multiframe", "eCT_Supplemental.dcm"), new() { X = 192, Y = 192, Columns = 128, Rows = 128, Slices = 2 });

    private async Task CheckAsync(string model, string source, Box? box = null)
    {
        using var client = MrnetClient.Connect(server.Address);
        string[] files = File.Exists(source) ? [source] : Directory.GetFiles(source);
        var answer = await client.SegmentAsync(files, ImageKind.Dicom, new() { ModelId = model, Outputs = { All }, Options = new() { Region = box is null ? null : new() { Box = box } } });

        Assert.Equal(All.Order(), answer.Objects.Select(one => one.Header.Kind).Distinct().Order());
        Directory.CreateDirectory(folder["objects"]);
        foreach (var one in answer.Objects)
            File.WriteAllBytes(Path.Combine(folder["objects"], one.Header.FileName), one.Content);
        Assert.Equal(answer.Objects.Count, Directory.GetFiles(folder["objects"]).Length);
        Tools.Validate(folder["objects"], source);
    }
}
