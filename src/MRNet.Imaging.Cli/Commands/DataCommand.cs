using System.CommandLine;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet data</c>: what is in a data set that several raters outlined, and the same in another layout.</summary>
internal static class DataCommand
{
    public static Argument<string> Data { get; } = new("DATA")
    {
        Description = "QUBIQ folders, images/ with a folder for each rater beside, RIGA's DiscRegion table, or crops (patient/case/images/*.png with mask-0 ...; a folder or .tar.gz).",
    };

    public static Command Create() => new("data", "Shows what is in a data set that several raters outlined, and converts it.")
    {
        DataDescribeCommand.Create(),
        DataConvertCommand.Create(),
    };
}
