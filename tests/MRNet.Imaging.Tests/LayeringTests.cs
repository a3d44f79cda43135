using System.Xml.Linq;

namespace MRNet.Imaging.Tests;

/// <summary>The picture of who may refer to whom, as a test.</summary>
public class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["MRNet.Dicom"] = [],
        ["MRNet.Imaging"] = [],
        ["MRNet.Imaging.DataSets"] = ["MRNet.Imaging"],
        ["MRNet.Imaging.Dicom"] = ["MRNet.Dicom", "MRNet.Imaging", "MRNet.Imaging.Evaluation"],
        ["MRNet.Imaging.Model"] = ["MRNet.Imaging"],
        ["MRNet.Imaging.Segmentation"] = ["MRNet.Imaging", "MRNet.Imaging.Model"],
        ["MRNet.Imaging.Evaluation"] = [],
        ["MRNet.Imaging.Training"] = ["MRNet.Imaging", "MRNet.Imaging.DataSets", "MRNet.Imaging.Evaluation", "MRNet.Imaging.Segmentation"],
        ["MRNet.Imaging.Protocol"] = [],
        ["MRNet.Imaging.Files"] = ["MRNet.Imaging.Dicom"],
        ["MRNet.Imaging.Client"] = ["MRNet.Imaging", "MRNet.Imaging.Protocol"],
        ["MRNet.Imaging.Server"] = ["MRNet.Imaging.Files", "MRNet.Imaging.Protocol", "MRNet.Imaging.Segmentation"],
        ["MRNet.Imaging.Nats"] = ["MRNet.Imaging.Server"],
        ["MRNet.Imaging.Cli"] = ["MRNet.Imaging.Client", "MRNet.Imaging.DataSets", "MRNet.Imaging.Dicom", "MRNet.Imaging.Evaluation", "MRNet.Imaging.Files", "MRNet.Imaging.Nats", "MRNet.Imaging.Segmentation", "MRNet.Imaging.Server", "MRNet.Imaging.Training"],
    };

    [Fact]
    public void Projects_refer_only_downwards() =>
        Assert.Equivalent(Allowed, Projects("src").ToDictionary(file => Path.GetFileNameWithoutExtension(file)!, References), strict: true);

    [Fact]
    public void Only_executables_and_torch_tests_carry_libtorch()
    {
        var carriers = Projects("src").Concat(Projects("tests")).Where(CarriesTorch).ToArray();

        Assert.NotEmpty(carriers);
        Assert.All(carriers, file => Assert.Equal("Exe", (string?)XDocument.Load(file).Descendants("OutputType").Single()));
        Assert.All(
            carriers.Where(file => file.StartsWith(Path.Combine(Repository.Root, "tests"), StringComparison.Ordinal)),
            file => Assert.Matches(@"\.(Torch|Server|EndToEnd|Faults)\.Tests\.csproj$|Benchmarks\.csproj$", file));
    }

    private static bool CarriesTorch(string project)
    {
        var document = XDocument.Load(project);
        return document.Descendants("Import").Any(import => ((string?)import.Attribute("Project"))?.EndsWith("Torch.props", StringComparison.Ordinal) == true)
            || document.Descendants("PackageReference").Any(package => ((string?)package.Attribute("Include"))?.StartsWith("libtorch", StringComparison.OrdinalIgnoreCase) == true);
    }

    private static string[] References(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!)).Order()];

    private static IEnumerable<string> Projects(string folder) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories);
}
