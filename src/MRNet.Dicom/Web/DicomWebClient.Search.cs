using System.Globalization;
using System.Runtime.CompilerServices;

namespace MRNet.Dicom.Web;

/// <content>QIDO-RS, PS3.18 section 10.6.</content>
public sealed partial class DicomWebClient
{
    private const string Json = "application/dicom+json";

    /// <param name="query">Attributes to match, by keyword or tag; "includefield" may be among them.</param>
    public IAsyncEnumerable<DicomDataset> SearchStudiesAsync(IEnumerable<KeyValuePair<string, string>> query, CancellationToken cancellation = default) =>
        SearchAsync("studies", query, DicomTag.StudyInstanceUID, cancellation);

    /// <inheritdoc cref="SearchStudiesAsync"/>
    public IAsyncEnumerable<DicomDataset> SearchSeriesAsync(string study, IEnumerable<KeyValuePair<string, string>> query, CancellationToken cancellation = default) =>
        SearchAsync($"studies/{Uid(study)}/series", query, DicomTag.SeriesInstanceUID, cancellation);

    /// <inheritdoc cref="SearchStudiesAsync"/>
    public IAsyncEnumerable<DicomDataset> SearchInstancesAsync(string study, string series, IEnumerable<KeyValuePair<string, string>> query, CancellationToken cancellation = default) =>
        SearchAsync($"studies/{Uid(study)}/series/{Uid(series)}/instances", query, DicomTag.SOPInstanceUID, cancellation);

    /// <summary>Page after page; a server that knows no pages is noticed by what it repeats.</summary>
    private async IAsyncEnumerable<DicomDataset> SearchAsync(
        string path, IEnumerable<KeyValuePair<string, string>> query, DicomTag key, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var seen = new HashSet<string>();
        var asked = string.Concat(query.Select(pair => $"&{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value)}"));
        for (var offset = 0; ; offset += options.PageSize)
        {
            var page = await PageAsync(string.Create(CultureInfo.InvariantCulture, $"{path}?limit={options.PageSize}&offset={offset}{asked}"), cancellation).ConfigureAwait(false);
            var isNew = false;
            foreach (var match in page.Where(match => seen.Add(match.GetStringOrEmpty(key))))
            {
                isNew = true;
                yield return match;
            }

            if (page.Count < options.PageSize || !isNew)
                yield break;
        }
    }

    private async Task<IReadOnlyList<DicomDataset>> PageAsync(string path, CancellationToken cancellation)
    {
        using var response = await GetAsync(path, Json, cancellation).ConfigureAwait(false);
        return await JsonAsync(response, cancellation).ConfigureAwait(false);
    }
}
