namespace MRNet.Dicom;

/// <content>Setting values. The VR is the dictionary's; where that leaves a choice, the data set's own pixel attributes or the value decide.</content>
public sealed partial class DicomDataset
{
    /// <summary>Adds an item.</summary>
    /// <exception cref="DicomValueException">An item with this tag is there already.</exception>
    public DicomDataset Add(DicomItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        if (IndexOf(item.Key) >= 0)
            throw new DicomValueException($"{item.Tag.Named()} is already in the data set; AddOrUpdate replaces it.");
        Insert(item);
        return this;
    }

    /// <summary>Adds an item or replaces the one with its tag.</summary>
    public DicomDataset AddOrUpdate(DicomItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Insert(item);
        return this;
    }

    /// <summary>Adds an attribute without value (type 2).</summary>
    public DicomDataset Add(DicomTag tag) => Add(Empty(tag));

    public DicomDataset AddOrUpdate(DicomTag tag) => AddOrUpdate(Empty(tag));

    public DicomDataset Add(DicomTag tag, params string[] values) => Add(Texts(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params string[] values) => AddOrUpdate(Texts(tag, null, values));

    public DicomDataset Add(DicomTag tag, params int[] values) => Add(Numbers<int>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params int[] values) => AddOrUpdate(Numbers<int>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params ushort[] values) => Add(Numbers<ushort>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params ushort[] values) => AddOrUpdate(Numbers<ushort>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params short[] values) => Add(Numbers<short>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params short[] values) => AddOrUpdate(Numbers<short>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params uint[] values) => Add(Numbers<uint>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params uint[] values) => AddOrUpdate(Numbers<uint>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params long[] values) => Add(Numbers<long>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params long[] values) => AddOrUpdate(Numbers<long>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params ulong[] values) => Add(Numbers<ulong>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params ulong[] values) => AddOrUpdate(Numbers<ulong>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params float[] values) => Add(Numbers<float>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params float[] values) => AddOrUpdate(Numbers<float>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params double[] values) => Add(Numbers<double>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params double[] values) => AddOrUpdate(Numbers<double>(tag, null, values));

    public DicomDataset Add(DicomTag tag, params decimal[] values) => Add(Numbers<decimal>(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, params decimal[] values) => AddOrUpdate(Numbers<decimal>(tag, null, values));

    /// <summary>Raw little-endian bytes for OB, OW, OF and the like, passed through uncopied; numbers for other VRs.</summary>
    public DicomDataset Add(DicomTag tag, params byte[] values) => Add(Bytes(tag, null, values));

    /// <inheritdoc cref="Add(DicomTag, byte[])"/>
    public DicomDataset Add(DicomTag tag, ReadOnlyMemory<byte> values) => Add(Bytes(tag, null, values));

    public DicomDataset Add(DicomTag tag, DicomUID value) => Add(Texts(tag, null, value is null ? [] : [value.UID]));

    public DicomDataset Add(DicomTag tag, params DicomTag[] values) => Add(ElementFactory.FromTags(Place(tag), values));

    public DicomDataset Add(DicomTag tag, params DicomDataset[] sequenceItems) => Add(new DicomSequence(Place(tag), sequenceItems.ToList()));

    public DicomDataset Add(DicomTag tag, IEnumerable<DicomDataset> sequenceItems) => Add(new DicomSequence(Place(tag), sequenceItems.ToList()));

    /// <summary>With a VR of the caller's choice: for private attributes and where the dictionary leaves one.</summary>
    public DicomDataset Add(DicomVR vr, DicomTag tag, params string[] values) => Add(Texts(tag, vr, values));

    /// <inheritdoc cref="Add(DicomVR, DicomTag, string[])"/>
    public DicomDataset Add(DicomVR vr, DicomTag tag, params int[] values) => Add(Numbers<int>(tag, vr, values));

    /// <inheritdoc cref="Add(DicomVR, DicomTag, string[])"/>
    public DicomDataset Add(DicomVR vr, DicomTag tag, params double[] values) => Add(Numbers<double>(tag, vr, values));

    /// <inheritdoc cref="Add(DicomVR, DicomTag, string[])"/>
    public DicomDataset Add(DicomVR vr, DicomTag tag, ReadOnlyMemory<byte> values) => Add(Bytes(tag, vr, values));

    /// <summary>Raw little-endian bytes for OB, OW, OF and the like, passed through uncopied; numbers for other VRs.</summary>
    public DicomDataset AddOrUpdate(DicomTag tag, params byte[] values) => AddOrUpdate(Bytes(tag, null, values));

    /// <inheritdoc cref="AddOrUpdate(DicomTag, byte[])"/>
    public DicomDataset AddOrUpdate(DicomTag tag, ReadOnlyMemory<byte> values) => AddOrUpdate(Bytes(tag, null, values));

    public DicomDataset AddOrUpdate(DicomTag tag, DicomUID value) => AddOrUpdate(Texts(tag, null, value is null ? [] : [value.UID]));

    public DicomDataset AddOrUpdate(DicomTag tag, params DicomTag[] values) => AddOrUpdate(ElementFactory.FromTags(Place(tag), values));

    public DicomDataset AddOrUpdate(DicomTag tag, params DicomDataset[] sequenceItems) => AddOrUpdate(new DicomSequence(Place(tag), sequenceItems.ToList()));

    public DicomDataset AddOrUpdate(DicomTag tag, IEnumerable<DicomDataset> sequenceItems) => AddOrUpdate(new DicomSequence(Place(tag), sequenceItems.ToList()));

    /// <summary>With a VR of the caller's choice: for private attributes and where the dictionary leaves one.</summary>
    public DicomDataset AddOrUpdate(DicomVR vr, DicomTag tag, params string[] values) => AddOrUpdate(Texts(tag, vr, values));

    /// <inheritdoc cref="AddOrUpdate(DicomVR, DicomTag, string[])"/>
    public DicomDataset AddOrUpdate(DicomVR vr, DicomTag tag, params int[] values) => AddOrUpdate(Numbers<int>(tag, vr, values));

    /// <inheritdoc cref="AddOrUpdate(DicomVR, DicomTag, string[])"/>
    public DicomDataset AddOrUpdate(DicomVR vr, DicomTag tag, params double[] values) => AddOrUpdate(Numbers<double>(tag, vr, values));

    /// <inheritdoc cref="AddOrUpdate(DicomVR, DicomTag, string[])"/>
    public DicomDataset AddOrUpdate(DicomVR vr, DicomTag tag, ReadOnlyMemory<byte> values) => AddOrUpdate(Bytes(tag, vr, values));

    private DicomItem Empty(DicomTag tag)
    {
        var place = Place(tag);
        var vr = VROf(place);
        return vr == DicomVR.SQ ? new DicomSequence(place, []) : new DicomElement(place, vr, ReadOnlyMemory<byte>.Empty);
    }

    private DicomElement Texts(DicomTag tag, DicomVR? vr, string[] values)
    {
        var place = Place(tag);
        return ElementFactory.FromTexts(place, vr ?? VROf(place), values);
    }

    private DicomElement Numbers<T>(DicomTag tag, DicomVR? vr, T[] values) where T : unmanaged, System.Numerics.INumber<T>
    {
        var place = Place(tag);
        var chosen = vr ?? VROf(place);
        if (vr is null && chosen == DicomVR.US && Array.Exists(values, T.IsNegative) && DicomDictionary.Find(place)?.VR.Contains("SS", StringComparison.Ordinal) == true)
            chosen = DicomVR.SS;
        return ElementFactory.FromNumbers<T>(place, chosen, values);
    }

    private DicomElement Bytes(DicomTag tag, DicomVR? vr, ReadOnlyMemory<byte> values)
    {
        var place = Place(tag);
        var chosen = vr ?? VROf(place);
        // LUT data is "US or OW": bytes mean OW.
        if (vr is null && chosen == DicomVR.US && DicomDictionary.Find(place)?.VR.Contains("OW", StringComparison.Ordinal) == true)
            chosen = DicomVR.OW;
        return ElementFactory.FromBytes(place, chosen, values);
    }

    private DicomTag Place(DicomTag tag) => Resolve(tag, reserve: true)
        ?? throw new DicomValueException($"{tag} finds no free private block in group {tag.Group:X4}.");

    private DicomVR VROf(DicomTag tag)
    {
        var vr = DicomDictionary.VROf(tag);
        if (vr == DicomVR.OB && tag == DicomTag.PixelData)
            return GetSingleValueOrDefault(DicomTag.BitsAllocated, 8) > 8 ? DicomVR.OW : DicomVR.OB;
        if (vr == DicomVR.US && DicomDictionary.Find(tag)?.VR.StartsWith("US or SS", StringComparison.Ordinal) == true)
            return GetSingleValueOrDefault(DicomTag.PixelRepresentation, 0) == 1 ? DicomVR.SS : DicomVR.US;
        return vr;
    }
}
