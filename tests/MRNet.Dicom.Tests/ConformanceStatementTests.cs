using System.Text.RegularExpressions;
using MRNet.Dicom.Network;

namespace MRNet.Dicom.Tests;

/// <summary>docs/dicom-conformance.md says what the code does.</summary>
public sealed partial class ConformanceStatementTests
{
    [Fact]
    public void Its_transfer_syntaxes_are_those_that_are_known()
    {
        var rows = Rows("2.5");

        Assert.Equal(DicomTransferSyntax.All.Select(syntax => syntax.UID.UID).Order(), rows.Select(row => row[1]).Order());
        Assert.All(rows, row => Assert.True(FrameCodecs.CanDecode(DicomTransferSyntax.Parse(row[1])), row[0]));
        Assert.Equal(NativeCodecs.Describe().Where(codec => codec.Needs.Length > 0).SelectMany(codec => codec.TransferSyntaxes).Select(syntax => syntax.UID.UID).Order(), rows.Where(row => row[2].StartsWith("lib", StringComparison.Ordinal)).Select(row => row[1]).Order());
    }

    [Fact]
    public void Its_classes_asked_for_are_those_that_are_asked_for() => Assert.Equal(StorageClasses.Images.Order(), Rows("2.3").Select(row => row[1]).Order());

    /// <summary>By the writers' own text: each names the class it makes.</summary>
    [Fact]
    public void Its_classes_made_are_those_that_a_writer_names()
    {
        var writers = Directory.GetFiles(Path.Combine(Root(), "src", "MRNet.Imaging.Dicom"), "*Writer.cs").Select(File.ReadAllText);
        var named = writers.SelectMany(text => StorageClass().Matches(text)).Select(match => match.Groups[1].Value).Distinct();
        var uids = named.Select(name => ((DicomUID)typeof(DicomUID).GetProperty(name)!.GetValue(null)!).UID);

        Assert.Equal(uids.Order(), Rows("2.4").Select(row => row[1]).Order());
    }

    [Fact]
    public void Its_names_are_those_of_the_dictionary() =>
        Assert.All(Rows("2.3").Concat(Rows("2.4")), row => Assert.Equal(DicomDictionary.UidName(row[1]), row[0]));

    /// <summary>The cells of the table in a section.</summary>
    private static string[][] Rows(string section)
    {
        var text = File.ReadAllText(Path.Combine(Root(), "docs", "dicom-conformance.md")).Split("\n### ").Single(part => part.StartsWith(section, StringComparison.Ordinal)).Split("\n## ")[0];
        return [.. text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1).Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))];
    }

    private static string Root([System.Runtime.CompilerServices.CallerFilePath] string file = "") =>
        Above(Path.GetDirectoryName(file)!) ?? Above(AppContext.BaseDirectory)!;

    private static string? Above(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "MRNet.Imaging.sln")))
                return at.FullName;
        return null;
    }

    [GeneratedRegex(@"DicomUID\.(\w+Storage)\b")]
    private static partial Regex StorageClass();
}
