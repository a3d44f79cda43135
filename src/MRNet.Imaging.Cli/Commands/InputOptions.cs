using System.CommandLine;
using MRNet.Imaging.Dicom;

namespace MRNet.Imaging.Cli.Commands;

/// <summary>How an image is read, the same for every command that reads one.</summary>
internal sealed class InputOptions
{
    private readonly Option<string?> series = new("--series") { Description = "Series Instance UID, when the files hold several series.", HelpName = "UID" };
    private readonly Option<string> gaps = new("--gaps") { Description = "Missing slices: refuse or resample.", DefaultValueFactory = _ => "refuse" };
    private readonly Option<int?> stack = new("--stack") { Description = "Which stack, echo or phase of a series that holds several: its number in the list of the refusal." };
    private readonly Option<bool> tolerant = new("--tolerant") { Description = "Read damaged DICOM files as far as they go." };
    private readonly Option<string> modality = new("--modality") { Description = "Modality of a NIfTI file or picture, which do not say it: CT, MR or OP.", DefaultValueFactory = _ => "" };
    private readonly Option<int?> volume = new("--volume") { Description = "Which volume of a 4-D NIfTI file, from 0." };

    public InputOptions()
    {
        gaps.AcceptOnlyFromAmong("refuse", "resample");
        modality.AcceptOnlyFromAmong("", "CT", "MR", "OP");
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { series, gaps, stack, tolerant, modality, volume })
            command.Add(option);
    }

    public ImageInputOptions Read(ParseResult parsed) => new()
    {
        Series = new SeriesReadOptions
        {
            SeriesUid = parsed.GetValue(series),
            Gaps = parsed.GetValue(gaps) == "resample" ? GapHandling.Resample : GapHandling.Refuse,
            StackId = parsed.GetValue(stack),
            Tolerant = parsed.GetValue(tolerant),
        },
        Modality = parsed.GetValue(modality) ?? "",
        VolumeIndex = parsed.GetValue(volume),
    };
}
