namespace MRNet.Imaging.Nifti;

/// <summary>
/// Reads NIfTI-1 and NIfTI-2: .nii, .nii.gz and .hdr/.img pairs of either byte order. RAS becomes LPS; the voxels keep
/// the order they are stored in, so that the grid may be left-handed.
/// </summary>
public static class NiftiReader
{
    /// <exception cref="InvalidImageException">No such file, not NIfTI, cut short, or fields no image can have.</exception>
    /// <exception cref="UnsupportedImageException">Legal, but not an image on a grid of real numbers or colours; or several volumes and no choice.</exception>
    /// <exception cref="ResourceLimitException">More samples than <see cref="NiftiReadOptions.MaxSamples"/>.</exception>
    public static Volume Read(string path, NiftiReadOptions? options = null)
    {
        using var source = OpenHeader(path);
        var header = HeaderOf(source);
        List<string> notes = source.IsGzip && !IsNamedGzip(path) ? ["the file is gzip, though its name does not say so"] : [];

        if (!header.IsPair)
            return Voxels(source, header, options ?? new(), notes);

        using var image = NiftiSource.Open(ImageOf(path));
        return Voxels(image, header, options ?? new(), notes);
    }

    /// <summary>Reads a single file from memory or another seekable stream; it is left open.</summary>
    public static Volume Read(Stream stream, NiftiReadOptions? options = null)
    {
        using var source = new NiftiSource(stream, leaveOpen: true);
        var header = HeaderOf(source);
        return header.IsPair
            ? throw new InvalidImageException("magic is 'ni1' or 'ni2': the voxels are in an .img file of its own; expected one file.")
            : Voxels(source, header, options ?? new(), []);
    }

    /// <summary>Reads and checks the header alone; the voxels need not be there.</summary>
    public static NiftiHeader ReadHeader(string path)
    {
        using var source = OpenHeader(path);
        return HeaderOf(source);
    }

    /// <summary>The grid alone, from the header; the voxels need not be there.</summary>
    public static Grid ReadGrid(string path, NiftiReadOptions? options = null) =>
        NiftiGeometry.GridOf(ReadHeader(path), options?.SlicesAreChannels ?? false, notes: []).Grid;

    private static Volume Voxels(NiftiSource source, NiftiHeader header, NiftiReadOptions options, List<string> notes)
    {
        if (!header.DataType.IsReadable())
            throw new UnsupportedImageException($"datatype is {(int)header.DataType} ({header.DataType}); expected integers, float32, float64 or RGB.");
        if (header.Dim.Count < 2)
            throw new UnsupportedImageException("dim[0] is 1: a row of numbers; expected an image of 2 or more dimensions.");

        CheckLength(source, header);
        var choice = Choice.Of(header, options);
        var (grid, _) = NiftiGeometry.GridOf(header, options.SlicesAreChannels, notes);
        CheckContent(source, header);

        source.Rewind();
        if (source.Skip(header.VoxOffset + choice.SkipBytes) < header.VoxOffset + choice.SkipBytes)
            throw new InvalidImageException("The file ends before its voxels start.");

        var samples = new float[choice.Samples];
        if (header.DataType.IsColour())
        {
            if (NiftiSamples.ReadColour(source, header, samples))
                notes.Add("the transparency of the colours was dropped");
        }
        else
            NiftiSamples.Read(source, header, Scaling.Of(header, notes), samples);

        ReadToEnd(source, choice.BytesAfter, notes);
        NoteValues(header.DataType, samples, notes);
        return new(grid, samples, choice.Channels) { Modality = options.Modality, Notes = notes };
    }

    /// <summary>Which samples of the file make the volume.</summary>
    private readonly record struct Choice(int Channels, long Samples, long SkipBytes, long BytesAfter)
    {
        public static Choice Of(NiftiHeader header, NiftiReadOptions options)
        {
            if (options.VolumeIndex is not null && options.VolumesAreChannels)
                throw new ArgumentException("Either one volume or the volumes as channels.", nameof(options));

            var (volumes, width) = (header.Volumes, header.BitPix / 8);
            var voxels = header.Count / volumes;
            var (first, taken) = options.VolumesAreChannels ? (0, volumes) : (options.VolumeIndex ?? 0, 1);

            if (volumes > 1 && options.VolumeIndex is null && !options.VolumesAreChannels)
                throw new UnsupportedImageException($"The file holds {volumes} volumes (dim[4] and beyond); choose one (0 to {volumes - 1}) or say that they are channels.");
            if (first < 0 || first >= volumes)
                throw new InvalidImageException($"Volume {first} was asked for; the file has 0 to {volumes - 1}.");

            var axes = (options.SlicesAreChannels && header.Length(3) > 1 ? 1 : 0) + (taken > 1 ? 1 : 0) + (header.DataType.IsColour() ? 1 : 0);
            if (axes > 1)
                throw new UnsupportedImageException("The channels lie on more than one axis (colours, slices, volumes); expected one.");

            var channels = (options.SlicesAreChannels ? header.Length(3) : 1) * taken * (header.DataType.IsColour() ? 3 : 1);
            var samples = (Int128)voxels * taken * (header.DataType.IsColour() ? 3 : 1);
            var most = Math.Min(options.MaxSamples, Array.MaxLength);
            if (samples > most)
                throw new ResourceLimitException($"The image has {samples} samples; at most {most} are read.");

            return new((int)channels, (long)samples, first * voxels * width, (volumes - first - taken) * voxels * width);
        }
    }

    /// <summary>The promise against the file, before any memory is taken for it.</summary>
    private static void CheckLength(NiftiSource source, NiftiHeader header)
    {
        var wanted = header.Count < 0 ? Int128.MaxValue : (Int128)header.VoxOffset + (Int128)header.Count * (header.BitPix / 8);
        if (wanted > source.MaxLength)
            throw new InvalidImageException(
                $"The header promises {(header.Count < 0 ? "more than 2^63" : wanted)} bytes ({string.Join(" x ", header.Dim)} of {header.BitPix / 8}, from byte {header.VoxOffset}); "
                + $"the file holds {(source.IsGzip ? "at most " : "")}{source.MaxLength}.");
    }

    /// <summary>
    /// A short gzip stream can promise much and hold little: a large promise is counted first and kept in a second
    /// reading. Only files that shrank more than scans do (50:1) pay for it.
    /// </summary>
    private static void CheckContent(NiftiSource source, NiftiHeader header)
    {
        var wanted = header.VoxOffset + header.Count * (header.BitPix / 8);
        if (!source.IsGzip || header.Count < 1 << 24 || wanted < source.MaxLength / 20)
            return;

        source.Rewind();
        if (source.Skip(wanted) is var held && held < wanted)
            throw new InvalidImageException($"The header promises {wanted} bytes; the gzip stream holds {held}.");
    }

    /// <summary>Reads what follows too: only at its end does a gzip stream say whether it is undamaged.</summary>
    private static void ReadToEnd(NiftiSource source, long bytesAfter, List<string> notes)
    {
        const long most = 1 << 20;
        if (source.IsGzip || bytesAfter > 0)
        {
            if (source.Skip(bytesAfter) < bytesAfter)
                throw new InvalidImageException("The voxels of a later volume are cut short.");
        }

        if (!source.IsGzip)
            return;
        var more = source.Skip(most);
        if (more == most)
            throw new InvalidImageException($"{most} bytes or more follow the voxels; expected the end of the file.");
        source.CheckTrailer();
        if (more > 0)
            notes.Add($"{more} bytes after the voxels were ignored");
    }

    private static void NoteValues(NiftiDataType type, ReadOnlySpan<float> samples, List<string> notes)
    {
        if (!type.IsFloating() && !type.MayRound())
            return;

        var (odd, large) = (0L, false);
        foreach (var value in samples)
        {
            odd += float.IsFinite(value) ? 0 : 1;
            large |= Math.Abs(value) > 1 << 24;
        }

        if (odd > 0)
            notes.Add($"{odd} voxels are not finite (NaN or infinite)");
        if (large && type.MayRound())
            notes.Add("integers beyond 16777216 were rounded to float");
    }

    private static NiftiHeader HeaderOf(NiftiSource source)
    {
        source.Rewind();
        var bytes = new byte[NiftiHeader.Size2];
        return NiftiHeader.Parse(bytes.AsSpan(0, source.Read(bytes)));
    }

    private static NiftiSource OpenHeader(string path)
    {
        var source = NiftiSource.Open(HeaderPath(path));
        if (!IsNamedGzip(path) || source.IsGzip)
            return source;

        source.Dispose();
        throw new InvalidImageException("The file is named .gz but is not gzip.");
    }

    private static bool IsNamedGzip(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".mgz", StringComparison.OrdinalIgnoreCase);

    private static string HeaderPath(string path) => Partner(path, ".img", ".hdr") ?? path;

    private static string ImageOf(string path) => Partner(HeaderPath(path), ".hdr", ".img")
        ?? throw new InvalidImageException("magic is 'ni1' or 'ni2': the voxels are in an .img file; expected a header named .hdr.");

    /// <summary>The other half of a pair, zipped or not; null for a name without that ending.</summary>
    private static string? Partner(string path, string ending, string other)
    {
        var gz = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[^3..] : "";
        var stem = path[..^gz.Length];
        if (!stem.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            return null;

        if (char.IsUpper(stem[^1]))
            other = other.ToUpperInvariant();
        var partner = stem[..^ending.Length] + other + gz;
        var unlike = gz.Length > 0 ? partner[..^gz.Length] : partner + ".gz";
        return !File.Exists(partner) && File.Exists(unlike) ? unlike : partner;
    }
}
