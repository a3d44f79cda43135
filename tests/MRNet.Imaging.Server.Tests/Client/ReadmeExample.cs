using MRNet.Imaging.Client;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Tests.Client;

/// <summary>What README.md shows of the client; only address and folder stand there as texts.</summary>
internal static class ReadmeExample
{
    public static async Task<double> RunAsync(string address, string folder)
    {
        // README
        using var client = MrnetClient.Connect(address);
        var request = new SegmentRequest { ModelId = "ct-lung-nodule", Outputs = { Output.Mask, Output.DicomSeg } };
        var answer = await client.SegmentAsync(Directory.GetFiles(folder), ImageKind.Dicom, request);
        var millilitres = answer.Summary.Stats[0].Ml;
        byte[] mask = answer.Map(Output.Mask, structure: 1)!.Mask(); // 0 or 1 for each voxel of the header's box
        byte[] segmentation = answer.Objects[0].Content;             // a DICOM Segmentation for the PACS
        // end
        Assert.Contains((byte)1, mask);
        Assert.NotEmpty(segmentation);
        return millilitres;
    }

    /// <summary>The example as README.md has it.</summary>
    public static string[] Lines() =>
    [
        .. File.ReadLines(Path.Combine(Repository.Root, "tests", "MRNet.Imaging.Server.Tests", "Client", "ReadmeExample.cs"))
            .SkipWhile(line => !line.EndsWith("// README", StringComparison.Ordinal)).Skip(1).TakeWhile(line => !line.EndsWith("// end", StringComparison.Ordinal))
            .Select(line => line.Trim().Replace("(address)", "(\"http://127.0.0.1:50051\")", StringComparison.Ordinal).Replace("(folder)", "(\"ct-series\")", StringComparison.Ordinal)),
    ];
}
