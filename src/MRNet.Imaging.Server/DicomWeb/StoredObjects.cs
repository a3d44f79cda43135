using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using MRNet.Dicom;
using MRNet.Imaging.Server.Files;
using MRNet.Imaging.Server.Viewer;

namespace MRNet.Imaging.Server.DicomWeb;

/// <summary>Objects that a viewer has stored (STOW-RS): a folder of ours, never the user's own.</summary>
internal sealed class StoredObjects(DataFolder data, IFileSystem files, ViewerOptions options, Func<Guid> newId)
{
    public string Folder { get; } = Path.Combine(data.Root, "stored");

    /// <summary>Takes the parts of a multipart request, each a DICOM file; what was refused is told for each.</summary>
    /// <exception cref="InvalidImageException">No multipart message.</exception>
    public async Task<IReadOnlyList<StoreOutcome>> TakeAsync(HttpRequest request, CancellationToken cancellation)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || HeaderUtilities.RemoveQuotes(type.Boundary) is not { Length: > 0 and < 200 } boundary)
            throw new InvalidImageException("Content-Type is no multipart/related with a boundary; expected one with parts of application/dicom.");
        files.MakeFolder(Folder);
        var reader = new MultipartReader(boundary.ToString(), request.Body);
        var outcomes = new List<StoreOutcome>();
        while (await reader.ReadNextSectionAsync(cancellation) is { } part)
            outcomes.Add(await StoreAsync(part.Body, cancellation));
        return outcomes;
    }

    private async Task<StoreOutcome> StoreAsync(Stream body, CancellationToken cancellation)
    {
        var temporary = Path.Combine(Folder, $"{newId()}.part");
        try
        {
            await using (var file = files.Create(temporary))
            {
                await CopyAsync(body, file, cancellation);
                files.Sync(file);
            }

            return Named(temporary);
        }
        finally
        {
            files.Delete(temporary);
        }
    }

    private StoreOutcome Named(string temporary)
    {
        try
        {
            var dataset = DicomFile.Open(temporary, new DicomReadOptions { StopBefore = DicomTag.PixelData }).Dataset;
            var (sopClass, sop) = (dataset.GetStringOrEmpty(DicomTag.SOPClassUID), dataset.GetStringOrEmpty(DicomTag.SOPInstanceUID));
            if (!DicomUID.IsValid(sop))
                return new(sopClass, "", "", StoreOutcome.CannotUnderstand);
            files.Move(temporary, Path.Combine(Folder, sop + ".dcm"));
            return new(sopClass, sop, dataset.GetStringOrEmpty(DicomTag.StudyInstanceUID), null);
        }
        catch (DicomException)
        {
            return new("", "", "", StoreOutcome.CannotUnderstand);
        }
    }

    private async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        var piece = new byte[1 << 18];
        for (var left = options.LargestObject; ;)
        {
            var read = await from.ReadAsync(piece, cancellation);
            if (read == 0)
                return;
            if ((left -= read) < 0)
                throw new ResourceLimitException($"An object is larger than {options.LargestObject} bytes; raise the limit or send it to the PACS.");
            await to.WriteAsync(piece.AsMemory(0, read), cancellation);
        }
    }
}

/// <param name="Failure">A reason of PS3.18 I.2.2, or null.</param>
internal sealed record StoreOutcome(string SopClass, string Sop, string Study, ushort? Failure)
{
    /// <summary>C000: cannot understand.</summary>
    public const ushort CannotUnderstand = 0xC000;
}
