using System.Text.Json.Serialization;
using MRNet.Imaging.Protocol.V1;

namespace MRNet.Imaging.Server.Uploads;

/// <summary>A file that is complete and on the disk.</summary>
/// <param name="Name">As the client called it; never part of a path.</param>
/// <param name="Stored">Its name in the upload's folder: number and the ending that says what it is.</param>
/// <param name="Sha256">64 hexadecimal digits.</param>
public sealed record UploadedFile(string Name, string Stored, long Bytes, string Sha256);

/// <summary>A complete upload: what a job may name.</summary>
/// <param name="Id">UUID, also the name of its folder.</param>
/// <param name="Owner">Who sent it; nobody else sees it.</param>
public sealed record Upload(string Id, string Owner, [property: JsonConverter(typeof(JsonStringEnumConverter<ImageKind>))] ImageKind Kind, IReadOnlyList<UploadedFile> Files, DateTimeOffset Completed)
{
    [JsonIgnore]
    public long Bytes => Files.Sum(file => file.Bytes);
}
