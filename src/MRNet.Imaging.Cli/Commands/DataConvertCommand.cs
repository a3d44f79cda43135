using System.CommandLine;
using MRNet.Imaging.Cli.Terminal;
using MRNet.Imaging.DataSets;

namespace MRNet.Imaging.Cli.Commands;

/// <summary><c>mrnet data convert</c>: another layout, voxel for voxel, or raters simulated from one grader.</summary>
internal static class DataConvertCommand
{
    private static readonly Argument<string> Output = new("OUT") { Description = "A new or empty folder." };
    private static readonly Option<string> Format = new("--format") { Description = "qubiq or rater-folders.", Required = true };
    private static readonly Option<string?> Modality = new("--modality") { Description = "What the images are, where the data do not say it: CT, MR, OP (fundus photograph) ..." };
    private static readonly Option<string?> Simulate = new("--simulate-raters")
    {
        Description = "For data of one grader: raters with fixed styles instead, with semicolons between: as-is, tighter:N, looser:N, shifted:X,Y; N, X, Y are shares of the structure's radius. Their names say that they are simulated.",
        HelpName = "STYLES",
    };

    private static readonly Option<double> Noise = new("--noise") { Description = "With --simulate-raters: how far each contour wobbles (standard deviation), a share of the radius.", DefaultValueFactory = _ => 0.03 };
    private static readonly Option<int> Seed = new("--seed") { Description = "With --simulate-raters: the same seed gives the same contours.", DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        var command = new MrnetCommand("convert", "Writes a data set in another layout, voxel for voxel; what file names cannot keep is in dataset.json.",
            """
            mrnet data convert lidc_4readers.tar.gz lidc-qubiq --format qubiq
            mrnet data convert kidney kidney-folders --format rater-folders
            mrnet data convert one-grader four-raters --format rater-folders --modality OP --simulate-raters "as-is;tighter:0.1;looser:0.12;shifted:0.12,0" --noise 0.03 --seed 1
            """)
        { DataCommand.Data, Output, Format, Modality, Simulate, Noise, Seed, CommonOptions.Quiet };
        Format.AcceptOnlyFromAmong("qubiq", "rater-folders");
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), cancellation));
        return command;
    }

    private static void Run(ParseResult parsed, CancellationToken cancellation)
    {
        var output = parsed.GetRequiredValue(Output);
        if (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any()))
            throw new InvalidImageException($"{output} is there and not empty; two data sets would be mixed. Give a new or an empty folder.");

        var data = Read(parsed, cancellation);
        var layout = parsed.GetRequiredValue(Format) == "qubiq" ? DataSetLayout.Qubiq : DataSetLayout.RaterFolders;
        ProgressBar.Run(parsed.GetValue(CommonOptions.Quiet), work =>
        {
            using var staged = new StagedFolder(output);
            DataSetWriter.Write(data, staged.Path, layout, work.Stage("Writing"), cancellation);
            staged.Commit();
            return true;
        });
        if (!parsed.GetValue(CommonOptions.Quiet))
            Console.Out.WriteLine($"{output}: {data.Cases.Count} cases, structures {string.Join(", ", data.Structures)}, raters {string.Join(", ", data.Raters)}");
    }

    private static MultiRaterDataSet Read(ParseResult parsed, CancellationToken cancellation)
    {
        var styles = parsed.GetValue(Simulate) is { } text ? RaterStyle.ParseAll(text) : null;
        var data = MultiRaterDataSet.Open(parsed.GetRequiredValue(DataCommand.Data), cancellation);
        if (parsed.GetValue(Modality) is { Length: > 0 } modality)
            data = data with { Modality = modality.ToUpperInvariant() };
        return styles is null ? data : SimulatedRaters.Of(data, styles, parsed.GetValue(Noise), parsed.GetValue(Seed));
    }
}
