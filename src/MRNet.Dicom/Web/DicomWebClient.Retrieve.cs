using MRNet.Dicom.Network;

namespace MRNet.Dicom.Web;

/// <content>WADO-RS, PS3.18 section 10.4.</content>
public sealed partial class DicomWebClient
{
    /// <summary>The headers of a series' instances, without pixel data.</summary>
    public async Task<IReadOnlyList<DicomDataset>> MetadataAsync(string study, string series, CancellationToken cancellation = default)
    {
        using var response = await GetAsync($"studies/{Uid(study)}/series/{Uid(series)}/metadata", Json, cancellation).ConfigureAwait(false);
        return await JsonAsync(response, cancellation).ConfigureAwait(false);
    }

    /// <summary>A study, series or instance, in the encodings it is kept in, into <paramref name="sink"/> as it arrives.</summary>
    /// <returns>How many instances came.</returns>
    public async Task<int> RetrieveAsync(string study, string? series, string? instance, IObjectSink sink, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var path = $"studies/{Uid(study)}" + (series is null ? "" : $"/series/{Uid(series)}") + (instance is null ? "" : $"/instances/{Uid(instance)}");
        using var response = await GetAsync(path, "multipart/related; type=\"application/dicom\"; transfer-syntax=*", cancellation).ConfigureAwait(false);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var parts = new MultipartReader(stream, Boundary(response), options.AnswerTimeout);
        var count = 0;
        for (; await parts.NextAsync(cancellation).ConfigureAwait(false); count++)
            await TakeAsync(parts, sink, cancellation).ConfigureAwait(false);
        return count;
    }

    /// <summary>The bytes of frames, counted from 1, as the server keeps them.</summary>
    public async Task<IReadOnlyList<(string ContentType, byte[] Bytes)>> FramesAsync(string study, string series, string instance, IEnumerable<int> frames, CancellationToken cancellation = default)
    {
        var path = $"studies/{Uid(study)}/series/{Uid(series)}/instances/{Uid(instance)}/frames/{string.Join(',', frames)}";
        using var response = await GetAsync(path, "multipart/related; type=\"application/octet-stream\"; transfer-syntax=*", cancellation).ConfigureAwait(false);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var parts = new MultipartReader(stream, Boundary(response), options.AnswerTimeout);
        var found = new List<(string, byte[])>();
        while (await parts.NextAsync(cancellation).ConfigureAwait(false))
        {
            using var bytes = new MemoryStream();
            await parts.ReadAsync(piece => bytes.Write(piece.Span), Math.Min(options.MaximumObjectBytes, Array.MaxLength), cancellation).ConfigureAwait(false);
            found.Add((parts.ContentType, bytes.ToArray()));
        }

        return found;
    }

    private async Task TakeAsync(MultipartReader parts, IObjectSink sink, CancellationToken cancellation)
    {
        var path = Path.Combine(sink.TemporaryFolder, $"incoming-{Path.GetRandomFileName()}.tmp");
        try
        {
            await using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
                await parts.ReadAsync(piece => file.Write(piece.Span), options.MaximumObjectBytes, cancellation).ConfigureAwait(false);
            var head = FileHead.Read(path);
            var status = await sink.TakeAsync(new(path, head.SopClass, head.SopInstance, head.Syntax, head.DatasetOffset + head.DatasetLength, new(root.Host, "", root.Host, 0)), cancellation).ConfigureAwait(false);
            if (!status.IsStored)
                throw new DicomNetworkException($"An instance of the server was not taken: {status}.", isTransient: false);
        }
        finally
        {
            if (File.Exists(path))
                File.Delete(path);
        }
    }

    /// <summary>The boundary, in quotes or not.</summary>
    private static string Boundary(HttpResponseMessage response)
    {
        var type = response.Content.Headers.ContentType;
        var boundary = type?.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value?.Trim('"');
        return type?.MediaType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true && boundary is { Length: > 0 and <= 200 }
            ? boundary
            : throw new DicomNetworkException($"The server answers with {type?.MediaType ?? "nothing named"}; expected multipart/related.", isTransient: false);
    }
}
