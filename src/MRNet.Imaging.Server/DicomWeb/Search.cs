using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using MRNet.Dicom;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>QIDO-RS (PS3.18 10.6): studies, series and instances that match, with counts, page by page.</summary>
internal static class Search
{
    private const int PageLimit = 5000;

    private static readonly DicomTag[] StudyLevel =
    [
        DicomTag.SpecificCharacterSet, DicomTag.StudyDate, DicomTag.StudyTime, DicomTag.AccessionNumber, DicomTag.ReferringPhysicianName, DicomTag.StudyDescription,
        DicomTag.PatientName, DicomTag.PatientID, DicomTag.PatientBirthDate, DicomTag.PatientSex, DicomTag.StudyInstanceUID, DicomTag.StudyID,
    ];

    private static readonly DicomTag[] SeriesLevel = [.. StudyLevel, DicomTag.Modality, DicomTag.SeriesDescription, DicomTag.SeriesDate, DicomTag.SeriesTime, DicomTag.SeriesInstanceUID, DicomTag.SeriesNumber];

    public static IReadOnlyList<DicomDataset> Studies(IEnumerable<IndexedInstance> instances, IQueryCollection query) =>
        Page(instances.GroupBy(instance => instance.Study).Select(Study), query);

    public static IReadOnlyList<DicomDataset> Series(IEnumerable<IndexedInstance> instances, IQueryCollection query) =>
        Page(instances.GroupBy(instance => (instance.Study, instance.Series)).Select(OfSeries), query);

    public static IReadOnlyList<DicomDataset> Instances(IEnumerable<IndexedInstance> instances, IQueryCollection query) =>
        Page(instances.Select(instance => instance.Header), query);

    private static DicomDataset Study(IEnumerable<IndexedInstance> instances)
    {
        var all = instances.ToList();
        var found = new DicomDataset();
        all[0].Header.CopyTo(found, StudyLevel);
        found.AddOrUpdate(DicomTag.ModalitiesInStudy, [.. all.Select(instance => instance.Header.GetStringOrEmpty(DicomTag.Modality)).Where(modality => modality.Length > 0).Distinct().Order(StringComparer.Ordinal)]);
        found.AddOrUpdate(DicomTag.NumberOfStudyRelatedSeries, Text(all.Select(instance => instance.Series).Distinct().Count()));
        return found.AddOrUpdate(DicomTag.NumberOfStudyRelatedInstances, Text(all.Count));
    }

    private static DicomDataset OfSeries(IEnumerable<IndexedInstance> instances)
    {
        var all = instances.ToList();
        var found = new DicomDataset();
        all[0].Header.CopyTo(found, SeriesLevel);
        return found.AddOrUpdate(DicomTag.NumberOfSeriesRelatedInstances, Text(all.Count));
    }

    private static IReadOnlyList<DicomDataset> Page(IEnumerable<DicomDataset> found, IQueryCollection query)
    {
        var asked = query.SelectMany(pair => Tag(pair.Key) is { } tag ? new[] { (tag, (string?)pair.Value ?? "") } : []).ToList();
        return [.. found
            .Where(dataset => asked.All(key => Matches(dataset.GetStringOrEmpty(key.tag), key.Item2)))
            .OrderByDescending(dataset => dataset.GetStringOrEmpty(DicomTag.StudyDate), StringComparer.Ordinal)
            .ThenBy(dataset => dataset.GetStringOrEmpty(DicomTag.StudyInstanceUID), StringComparer.Ordinal)
            .ThenBy(dataset => Number(dataset.GetStringOrEmpty(DicomTag.SeriesNumber), int.MaxValue))
            .ThenBy(dataset => Number(dataset.GetStringOrEmpty(DicomTag.InstanceNumber), int.MaxValue))
            .Skip(Number(query["offset"], 0))
            .Take(Math.Min(Number(query["limit"], PageLimit), PageLimit))];
    }

    /// <summary>By keyword or by number; null for what is no attribute (limit, offset, includefield, fuzzymatching).</summary>
    private static DicomTag? Tag(string key) => DicomTag.TryParse(key, out var tag) ? tag : null;

    /// <summary>PS3.4 C.2.2.2: a list of values, a range of dates, or * and ? as wild cards; an empty key matches all.</summary>
    private static bool Matches(string value, string wanted)
    {
        if (wanted.Length == 0 || wanted == "*")
            return true;
        if (Regex.IsMatch(wanted, "^[0-9]*-[0-9]*$", RegexOptions.None, TimeSpan.FromSeconds(1)) && wanted.Split('-') is [var from, var to])
            return value.Length > 0 && string.CompareOrdinal(value, from) >= 0 && (to.Length == 0 || string.CompareOrdinal(value, to) <= 0);
        var values = value.Split('\\');
        return wanted.Split('\\', ',').Any(one => values.Any(single => Like(single, one)));
    }

    private static bool Like(string value, string pattern) => Regex.IsMatch(
        value, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking);

    private static int Number(string? text, int otherwise) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
