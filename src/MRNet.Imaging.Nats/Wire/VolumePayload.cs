using System.Security.Cryptography;
using System.Text.Json;

namespace MRNet.Imaging.Nats.Wire;

/// <summary>An image as it goes to a worker: grid and samples, without sources, names or notes.</summary>
internal static class VolumePayload
{
    /// <summary>Bytes of samples, at most (reliability.md section 3).</summary>
    private const long Largest = 8L << 30;

    /// <param name="touched">Told that the transfer goes on.</param>
    public static PayloadReader Read(Volume volume, Action? touched = null) =>
        new(JsonSerializer.SerializeToUtf8Bytes(new Head(volume.Grid, volume.Channels, volume.Modality)), [volume.Samples], touched);

    /// <summary>The digest that the object store gives it.</summary>
    public static string DigestOf(Volume volume)
    {
        using var payload = Read(volume);
        return "SHA-256=" + Convert.ToBase64String(SHA256.HashData(payload)).Replace('+', '-').Replace('/', '_');
    }

    /// <param name="receive">Writes the payload into the stream it is given.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async Task<Volume> WriteAsync(Func<Stream, Task> receive, Action? touched)
    {
        Volume? volume = null;
        using var writer = new PayloadWriter(header => [(volume = Of(header)).Samples], touched);
        await receive(writer);
        writer.Complete();
        return volume!;
    }

    private static Volume Of(byte[] header)
    {
        var head = JsonSerializer.Deserialize<Head>(header) ?? throw new InvalidDataException("The image's header is empty.");
        var samples = head.Grid.Checked().Count * head.Channels;
        if (head.Channels is < 1 or > 4 || samples * sizeof(float) > Largest)
            throw new InvalidDataException($"The image has {samples} samples in {head.Channels} channels; expected up to {Largest} bytes.");
        return new(head.Grid, new float[samples], head.Channels) { Modality = head.Modality };
    }

    private sealed record Head(Grid Grid, int Channels, string Modality);
}
