namespace MRNet.Dicom;

/// <summary>A record of a DICOMDIR, PS3.3 F.3, and those below it.</summary>
/// <param name="Type">PATIENT, STUDY, SERIES, IMAGE and others.</param>
/// <param name="Path">The file it stands for, its folders and name; empty for none.</param>
public sealed record DicomDirectoryRecord(string Type, IReadOnlyList<string> Path, DicomDataset Dataset, IReadOnlyList<DicomDirectoryRecord> Lower)
{
    /// <summary>The record and all below it.</summary>
    public IEnumerable<DicomDirectoryRecord> All => Lower.SelectMany(record => record.All).Prepend(this);
}

/// <summary>
/// Reads a DICOMDIR: by its offsets where they lead somewhere, each record once, whatever chains say; what no chain reaches
/// is put in place by its type and order.
/// </summary>
public static class DicomDirectory
{
    private static readonly string[] Levels = ["PATIENT", "STUDY", "SERIES"];

    /// <returns>The uppermost records.</returns>
    /// <exception cref="DicomValueException">The file is no DICOMDIR.</exception>
    public static IReadOnlyList<DicomDirectoryRecord> Read(DicomFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!file.Dataset.TryGetSequence(DicomTag.DirectoryRecordSequence, out var records))
            throw new DicomValueException($"{DicomTag.DirectoryRecordSequence.Named()} is missing: the file is no DICOMDIR.");
        return new Walk(records.Items).From(Offset(file.Dataset, DicomTag.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity));
    }

    private static long Offset(DicomDataset dataset, DicomTag tag) => dataset.GetSingleValueOrDefault<uint>(tag, 0);

    private sealed class Walk(IList<DicomDataset> records)
    {
        private const int Deepest = 16;

        private readonly Dictionary<long, DicomDataset> byOffset = records.Where(record => record.Offset > 0).DistinctBy(record => record.Offset).ToDictionary(record => record.Offset);
        private readonly HashSet<DicomDataset> visited = new(ReferenceEqualityComparer.Instance);

        public List<DicomDirectoryRecord> From(long root)
        {
            var found = Chain(root, depth: 0);
            var at = 0;
            DicomDataset[] rest = [.. records.Where(record => !visited.Contains(record))];
            while (at < rest.Length)
                found.Add(Nested(rest, ref at));
            return found;
        }

        private List<DicomDirectoryRecord> Chain(long offset, int depth)
        {
            var chain = new List<DicomDirectoryRecord>();
            while (depth < Deepest && byOffset.TryGetValue(offset, out var record) && visited.Add(record))
            {
                chain.Add(Record(record, Chain(Offset(record, DicomTag.OffsetOfReferencedLowerLevelDirectoryEntity), depth + 1)));
                offset = Offset(record, DicomTag.OffsetOfTheNextDirectoryRecord);
            }

            return chain;
        }

        /// <summary>Without offsets a record holds those that follow it and are of a lower level.</summary>
        private static DicomDirectoryRecord Nested(DicomDataset[] records, ref int at)
        {
            var record = records[at++];
            var lower = new List<DicomDirectoryRecord>();
            while (at < records.Length && Level(records[at]) > Level(record))
                lower.Add(Nested(records, ref at));
            return Record(record, lower);
        }

        private static DicomDirectoryRecord Record(DicomDataset record, IReadOnlyList<DicomDirectoryRecord> lower) => new(
            Type(record), record.TryGetValues<string>(DicomTag.ReferencedFileID, out var path) ? path : [], record, lower);

        private static string Type(DicomDataset record) => record.GetStringOrEmpty(DicomTag.DirectoryRecordType).Trim();

        private static int Level(DicomDataset record) => Array.IndexOf(Levels, Type(record)) is >= 0 and var level ? level : Levels.Length;
    }
}
