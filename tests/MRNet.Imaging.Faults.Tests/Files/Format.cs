using System.Buffers.Binary;
using System.IO.Compression;
using MRNet.Dicom.Fuzz;
using MRNet.Imaging.Files;
using MRNet.Imaging.Model.Weights;
using MRNet.Imaging.Nifti;
using SkiaSharp;
using static TorchSharp.torch;

namespace MRNet.Imaging.Faults.Tests.Files;

/// <summary>A kind of file that comes from outside: whole samples of it, how it is spoilt, and the product's own way to read it.</summary>
internal sealed record Format(string Name, string Ending, byte[][] Samples)
{
    /// <summary>Spoils below a checksum, so that more than the checksum is tested.</summary>
    public Func<byte[], Random, byte[]> Spoil { get; init; } = Damage.To;

    /// <summary>Reads all of a file. What it returns is the content, to be compared with another's.</summary>
    public Func<string, object> Read { get; init; } = path => ImageInput.Read([path], new() { VolumeIndex = 0 }, null, CancellationToken.None).Volume;

    public static Format Of(string name, TemporaryFolder folder) => name switch
    {
        "nifti" => new(name, ".nii", Nifti(folder)),
        "gzip" => new(name, ".nii.gz", [.. Nifti(folder).Select(Zipped)])
        {
            Spoil = (whole, random) => random.Next(2) == 0 ? Damage.To(whole, random) : Zipped(Damage.To(Unzipped(whole), random)),
        },
        "png" => new(name, ".png", [Picture(SKEncodedImageFormat.Png, SKColorType.Rgba8888), Picture(SKEncodedImageFormat.Png, SKColorType.Gray8)])
        {
            Spoil = (whole, random) => random.Next(4) == 0 ? Damage.To(whole, random) : WithChecksums(Damage.To(whole, random)),
        },
        "jpeg" => new(name, ".jpg", [Picture(SKEncodedImageFormat.Jpeg, SKColorType.Rgba8888), Picture(SKEncodedImageFormat.Jpeg, SKColorType.Gray8)]),
        "safetensors" => new(name, ".safetensors", [Weights(folder, ".safetensors")]) { Read = Tensors },
        "pth" => new(name, ".pth", [Weights(folder, ".pth")])
        {
            Read = Tensors,
            Spoil = (whole, random) => random.Next(3) == 0 ? Damage.To(whole, random) : WithPickle(whole, pickle => Damage.To(pickle, random)),
        },
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such format."),
    };

    private static byte[][] Nifti(TemporaryFolder folder)
    {
        NiftiWriter.Write(folder["float.nii"], Volume(channels: 1));
        NiftiWriter.Write(folder["channels.nii"], Volume(channels: 2));
        NiftiWriter.Write(folder["mask.nii"], Volume(1).Grid, new byte[Volume(1).Grid.Count].AsSpan());
        return [.. ((string[])["float.nii", "channels.nii", "mask.nii"]).Select(file => File.ReadAllBytes(folder[file]))];
    }

    private static Volume Volume(int channels)
    {
        var grid = new Grid(9, 7, 5) { SpacingMm = new(0.7, 0.8, 2.5) };
        return new(grid, [.. Enumerable.Range(0, (int)grid.Count * channels).Select(i => (float)(i % 251))], channels);
    }

    /// <summary>A small picture with a pattern, as an encoder writes it.</summary>
    private static byte[] Picture(SKEncodedImageFormat format, SKColorType colours)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(37, 29, colours, SKAlphaType.Opaque));
        for (var y = 0; y < bitmap.Height; y++)
            for (var x = 0; x < bitmap.Width; x++)
                bitmap.SetPixel(x, y, new SKColor((byte)(x * 6), (byte)(y * 8), (byte)((x * y) % 256)));
        using var data = bitmap.Encode(format, 85);
        return data.ToArray();
    }

    private static byte[] Weights(TemporaryFolder folder, string ending)
    {
        using var scope = NewDisposeScope();
        var path = folder["weights" + ending];
        KeyValuePair<string, Tensor>[] tensors = [new("conv.weight", randn(4, 1, 3, 3)), new("conv.bias", zeros(4)), new("norm.count", tensor(7L)), new("half", ones(5).to(ScalarType.Float16))];
        if (ending == ".pth")
            Model.Weights.Pth.PthWriter.Write(path, tensors);
        else
            SafetensorsFile.Write(path, tensors, new Dictionary<string, string> { ["mrnet"] = "{}" });
        return File.ReadAllBytes(path);
    }

    private static string Tensors(string path)
    {
        using var file = TensorFiles.Open(path);
        foreach (var name in file.Names)
            file.Read(name).Dispose();
        return string.Join(' ', file.Names);
    }

    public static byte[] Zipped(byte[] bytes)
    {
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(bytes);
        return zipped.ToArray();
    }

    private static byte[] Unzipped(byte[] bytes)
    {
        using var gzip = new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    /// <summary>PNG 5.3: every chunk is length, type, data and the CRC-32 of the two before. What was spoilt gets the right one.</summary>
    public static byte[] WithChecksums(byte[] png)
    {
        for (long at = 8; at + 12 <= png.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan((int)at));
            if (at + 12 + length > png.Length)
                break;
            var covered = png.AsSpan((int)at + 4, (int)length + 4);
            BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan((int)(at + 8 + length)), Crc32(covered));
            at += 12 + length;
        }

        return png;
    }

    /// <summary>CRC-32 of PNG 5.5, bit by bit: the samples are small.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFF;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0u - (crc & 1)));
        }

        return ~crc;
    }

    /// <summary>The archive with another pickle, whole otherwise.</summary>
    private static byte[] WithPickle(byte[] whole, Func<byte[], byte[]> change)
    {
        using var spoilt = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(whole)))
        using (var to = new ZipArchive(spoilt, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var entry in from.Entries)
            {
                using var content = new MemoryStream();
                using (var stream = entry.Open())
                    stream.CopyTo(content);
                using var target = to.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
                target.Write(entry.Name == "data.pkl" ? change(content.ToArray()) : content.ToArray());
            }

        return spoilt.ToArray();
    }
}
