using System.Globalization;
using System.Text.RegularExpressions;

namespace MRNet.Imaging.DataSets;

/// <summary>The files of one case.</summary>
/// <param name="Masks">By the numbers in the files' names, from 1.</param>
internal sealed partial record QubiqFolder(string Name, string? Split, string Image, IReadOnlyDictionary<(int Task, int Rater), string> Masks)
{
    public static bool IsCase(string folder) =>
        DataFolder.Files(folder).Select(Path.GetFileName).OfType<string>().Any(file => ImageName().IsMatch(file) || MaskName().IsMatch(file));

    /// <exception cref="InvalidImageException">No image, or two masks of one task and rater.</exception>
    public static QubiqFolder Read(string folder, string? split)
    {
        var name = DataFolder.NameOf(folder);
        string[] files = [.. DataFolder.Files(folder).Where(CaseImage.IsNifti)];
        var masks = new Dictionary<(int, int), string>();
        foreach (var file in files)
            if (MaskName().Match(Path.GetFileName(file)) is { Success: true } match && !masks.TryAdd(Key(match), file))
                throw new InvalidImageException($"{name} holds two masks of one rater: {Path.GetFileName(masks[Key(match)])} and {Path.GetFileName(file)}; expected one.");

        return new(name, split, ImageOf(name, [.. files.Except(masks.Values)]), masks);
    }

    /// <summary>image.nii.gz, or under another name the only file that is no mask.</summary>
    private static string ImageOf(string name, string[] others) =>
        others.FirstOrDefault(file => ImageName().IsMatch(Path.GetFileName(file))) ?? (others is [var only] ? only
            : throw new InvalidImageException($"{name} holds {others.Length} files that are no mask and none of them image.nii.gz; expected that image."));

    private static (int Task, int Rater) Key(Match match) => (Number(match.Groups["task"].ValueSpan, 1), Number(match.Groups["rater"].ValueSpan, 0));

    private static int Number(ReadOnlySpan<char> digits, int absent) => digits.IsEmpty ? absent : int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^image\.nii(\.gz)?$", RegexOptions.IgnoreCase)]
    private static partial Regex ImageName();

    /// <summary>task01_seg02.nii.gz; case07_seg02.nii.gz is of task 01.</summary>
    [GeneratedRegex(@"^(task_?(?<task>\d{1,4})|case_?\d+)_seg_?(?<rater>\d{1,4})\.nii(\.gz)?$", RegexOptions.IgnoreCase)]
    private static partial Regex MaskName();
}
