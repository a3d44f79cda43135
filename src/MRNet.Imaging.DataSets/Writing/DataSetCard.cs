using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MRNet.Imaging.DataSets;

/// <summary>
/// What file names cannot keep, in <c>dataset.json</c> beside the cases: who the raters are, what the structures are called,
/// whose the cases are. Not part of QUBIQ; a data set without it is read just the same.
/// </summary>
internal sealed record DataSetCard
{
    public const string FileName = "dataset.json";

    private static readonly SearchValues<char> NotInNames = SearchValues.Create("/\\:*?\"<>|\0");

    private static readonly JsonSerializerOptions Layout = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Note { get; init; } = "";

    public required IReadOnlyList<string> Structures { get; init; }

    public required IReadOnlyList<string> Raters { get; init; }

    /// <summary>CT, MR, OP as DICOM has them; neither NIfTI nor a picture says it.</summary>
    public string Modality { get; init; } = "";

    /// <summary>By case, where the patient is not the case itself.</summary>
    public IReadOnlyDictionary<string, string> Patients { get; init; } = new Dictionary<string, string>();

    /// <returns>Null where there is none.</returns>
    /// <exception cref="InvalidImageException">Not what is written here.</exception>
    public static DataSetCard? In(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<DataSetCard>(File.ReadAllText(path), Layout) is { Structures: not null, Raters: not null, Patients: not null, Modality: not null } card
                ? card.Checked()
                : throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new InvalidImageException($"{FileName} of {DataFolder.NameOf(folder)} is no list of structures and raters ({error.Message}); mend or remove it.", error);
        }
    }

    /// <summary>Names become folders when the data are converted: none may lead elsewhere.</summary>
    private DataSetCard Checked()
    {
        foreach (var names in (IReadOnlyList<string>[])[Structures, Raters])
            if (!names.All(IsFolderName) || names.Distinct().Count() < names.Count)
                throw new JsonException("a name is empty, twice there or no name for a folder");
        return this;
    }

    private static bool IsFolderName(string? name) =>
        name is { Length: > 0 and <= 100 } and not RaterFoldersReader.Images && name[0] != '.' && !name.AsSpan().ContainsAny(NotInNames);

    public void Write(string folder)
    {
        using var file = new AtomicFile(Path.Combine(folder, FileName));
        JsonSerializer.Serialize(file.Stream, this, Layout);
        file.Commit();
    }
}
