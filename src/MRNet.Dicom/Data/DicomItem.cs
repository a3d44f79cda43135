namespace MRNet.Dicom;

/// <summary>One attribute of a data set: an element, a sequence or a sequence of fragments.</summary>
public abstract class DicomItem
{
    private protected DicomItem(DicomTag tag, DicomVR vr)
    {
        Key = tag.Key;
        VR = vr;
    }

    /// <summary>Group and element; a private tag's creator is the value of (gggg,00xx) in the same data set.</summary>
    public DicomTag Tag => new(Key);

    public DicomVR VR { get; }

    internal uint Key { get; }

    public override string ToString() => $"{Tag} {VR} {Tag.Keyword}";
}

/// <summary>A sequence of items, PS3.5 section 7.5.</summary>
public sealed class DicomSequence : DicomItem
{
    private readonly List<DicomDataset> items;

    public DicomSequence(DicomTag tag, params IEnumerable<DicomDataset> items) : this(tag, items.ToList())
    {
    }

    internal DicomSequence(DicomTag tag, List<DicomDataset> items) : base(tag, DicomVR.SQ) => this.items = items;

    public IList<DicomDataset> Items => items;
}

/// <summary>Encapsulated pixel data, PS3.5 annex A.4: the offset table, then fragments.</summary>
public sealed class DicomFragmentSequence : DicomItem
{
    private readonly List<DicomFragment> fragments;

    public DicomFragmentSequence(DicomTag tag, IReadOnlyList<uint> offsetTable, params IEnumerable<ReadOnlyMemory<byte>> fragments)
        : this(tag, DicomVR.OB, offsetTable, [.. fragments.Select(bytes => new DicomFragment(bytes))])
    {
    }

    internal DicomFragmentSequence(DicomTag tag, DicomVR vr, IReadOnlyList<uint> offsetTable, List<DicomFragment> fragments) : base(tag, vr)
    {
        OffsetTable = offsetTable;
        this.fragments = fragments;
    }

    /// <summary>The Basic Offset Table: where each frame's first item tag stands, from the end of the table; may be empty.</summary>
    public IReadOnlyList<uint> OffsetTable { get; }

    public IReadOnlyList<DicomFragment> Fragments => fragments;
}

/// <summary>One fragment; a large one stays in the file until it is asked for.</summary>
public sealed class DicomFragment
{
    private readonly ReadOnlyMemory<byte> bytes;
    private readonly FilePart? part;

    public DicomFragment(ReadOnlyMemory<byte> bytes) => this.bytes = bytes;

    internal DicomFragment(FilePart part) => this.part = part;

    public int Length => part is null ? bytes.Length : (int)part.Length;

    public ReadOnlyMemory<byte> Bytes => part?.Read(0, Length) ?? bytes;
}
