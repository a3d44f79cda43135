using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace MRNet.Dicom;

/// <summary>
/// A data set, PS3.5 section 7: attributes in the order of their tags. Values are decoded when asked for, text with the
/// character set it was read in. Setting a value returns the data set, so that calls chain.
/// </summary>
public sealed partial class DicomDataset : IEnumerable<DicomItem>
{
    private readonly List<DicomItem> items;

    public DicomDataset() => items = [];

    public DicomDataset(params IEnumerable<DicomItem> items) : this()
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var item in items)
            Add(item);
    }

    /// <param name="items">As read, in any order; of two with one tag the later stays.</param>
    internal DicomDataset(List<DicomItem> items, bool isSorted)
    {
        this.items = isSorted ? items : [.. items.Reverse<DicomItem>().DistinctBy(item => item.Key).OrderBy(item => item.Key)];
    }

    public int Count => items.Count;

    /// <summary>Where the item's tag stands in the file it was read from; 0 for what is no item of a file. Records of a DICOMDIR point to one another by it.</summary>
    internal long Offset { get; set; }

    /// <summary>The syntax the pixel data is in: of the file it was read from; Explicit VR Little Endian for a new one.</summary>
    public DicomTransferSyntax InternalTransferSyntax { get; set; } = DicomTransferSyntax.ExplicitVRLittleEndian;

    public bool Contains(DicomTag tag) => Find(tag) is not null;

    /// <returns>The item, or null.</returns>
    public DicomItem? Find(DicomTag tag) => Resolve(tag) is { } real && IndexOf(real.Key) is >= 0 and var at ? items[at] : null;

    public bool TryGetItem<T>(DicomTag tag, [NotNullWhen(true)] out T? item) where T : DicomItem => (item = Find(tag) as T) is not null;

    /// <summary>How many values an attribute has; 0 when it is absent or empty. Of a sequence, its items.</summary>
    public int GetValueCount(DicomTag tag) => Find(tag) switch
    {
        DicomElement element => element.Count,
        DicomSequence sequence => sequence.Items.Count,
        _ => 0,
    };

    /// <summary>The one value of an attribute.</summary>
    /// <exception cref="DicomValueException">Absent, empty, more than one value, or not a <typeparamref name="T"/>.</exception>
    public T GetSingleValue<T>(DicomTag tag)
    {
        var element = Element(tag);
        return element.Count == 1
            ? ValueConversion.Value<T>(element, 0)
            : throw new DicomValueException($"{tag.Named()} has {element.Count} values; wanted one.");
    }

    /// <summary>False when the attribute is absent, empty, has several values or does not convert.</summary>
    public bool TryGetSingleValue<T>(DicomTag tag, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return Find(tag) is DicomElement { Count: 1 } && TryGetValue(tag, 0, out value);
    }

    public T GetSingleValueOrDefault<T>(DicomTag tag, T fallback) => TryGetSingleValue<T>(tag, out var value) ? value : fallback;

    /// <exception cref="DicomValueException">Absent, too few values, or not a <typeparamref name="T"/>.</exception>
    public T GetValue<T>(DicomTag tag, int index) => ValueConversion.Value<T>(Element(tag), index);

    public T GetValueOrDefault<T>(DicomTag tag, int index, T fallback) => TryGetValue<T>(tag, index, out var value) ? value : fallback;

    public bool TryGetValue<T>(DicomTag tag, int index, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (Find(tag) is not DicomElement element || index < 0 || index >= element.Count)
            return false;
        try
        {
            value = ValueConversion.Value<T>(element, index);
            return true;
        }
        catch (DicomValueException)
        {
            return false;
        }
    }

    /// <summary>All values; an empty array for an empty attribute.</summary>
    /// <exception cref="DicomValueException">Absent, or not of <typeparamref name="T"/>.</exception>
    public T[] GetValues<T>(DicomTag tag) => ValueConversion.Values<T>(Element(tag));

    public bool TryGetValues<T>(DicomTag tag, [NotNullWhen(true)] out T[]? values)
    {
        values = null;
        if (Find(tag) is not DicomElement element)
            return false;
        try
        {
            values = ValueConversion.Values<T>(element);
            return true;
        }
        catch (DicomValueException)
        {
            return false;
        }
    }

    /// <summary>The whole value as text, several values joined by backslashes, without padding at its end.</summary>
    /// <exception cref="DicomValueException">Absent.</exception>
    public string GetString(DicomTag tag) => Element(tag).Text();

    public bool TryGetString(DicomTag tag, [NotNullWhen(true)] out string? text) => (text = (Find(tag) as DicomElement)?.Text()) is not null;

    /// <summary>The text, or "" when the attribute is absent.</summary>
    public string GetStringOrEmpty(DicomTag tag) => TryGetString(tag, out var text) ? text : "";

    /// <summary>The value's bytes as they stand in the file, padding included; little-endian.</summary>
    public bool TryGetRaw(DicomTag tag, out ReadOnlyMemory<byte> bytes)
    {
        var element = Find(tag) as DicomElement;
        bytes = element?.Bytes ?? default;
        return element is not null;
    }

    /// <exception cref="DicomValueException">Absent, or not a sequence.</exception>
    public DicomSequence GetSequence(DicomTag tag) => Find(tag) switch
    {
        DicomSequence sequence => sequence,
        // An empty sequence of unknown VR cannot be told from an empty value.
        DicomElement { Length: 0 } => new DicomSequence(tag, []),
        null => throw new DicomValueException($"{tag.Named()} is missing; wanted a sequence."),
        var item => throw new DicomValueException($"{tag.Named()} is {item.VR}; wanted SQ."),
    };

    public bool TryGetSequence(DicomTag tag, [NotNullWhen(true)] out DicomSequence? sequence) =>
        (sequence = Find(tag) is DicomSequence or DicomElement { Length: 0 } ? GetSequence(tag) : null) is not null;

    /// <summary>Takes attributes out; one that is absent is no error.</summary>
    public DicomDataset Remove(params ReadOnlySpan<DicomTag> tags)
    {
        foreach (var tag in tags)
        {
            if (Resolve(tag) is { } real && IndexOf(real.Key) is >= 0 and var at)
                items.RemoveAt(at);
        }

        return this;
    }

    public DicomDataset Remove(Predicate<DicomItem> match)
    {
        items.RemoveAll(match);
        return this;
    }

    /// <summary>Copies attributes, all of them or those named that are present; text keeps its bytes, sequences are copied deep.</summary>
    public DicomDataset CopyTo(DicomDataset destination, params ReadOnlySpan<DicomTag> tags)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (tags.IsEmpty)
        {
            foreach (var item in items)
                destination.AddOrUpdate(Copy(item));
        }

        foreach (var tag in tags)
        {
            if (Find(tag) is not { } item)
                continue;
            if (tag.PrivateCreator is not null && destination.Resolve(tag, reserve: true) is { } place && place.Key != item.Key)
                destination.AddOrUpdate(Moved(item, place));
            else
                destination.AddOrUpdate(Copy(item));
        }

        return this;
    }

    /// <summary>A deep copy. Elements do not change and are shared.</summary>
    public DicomDataset Clone() => new([.. items.Select(Copy)], isSorted: true) { InternalTransferSyntax = InternalTransferSyntax };

    public IEnumerator<DicomItem> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static DicomItem Copy(DicomItem item) => item is DicomSequence sequence
        ? new DicomSequence(sequence.Tag, sequence.Items.Select(dataset => dataset.Clone()).ToList())
        : item;

    private static DicomItem Moved(DicomItem item, DicomTag place) => item switch
    {
        DicomSequence sequence => new DicomSequence(place, sequence.Items.Select(dataset => dataset.Clone()).ToList()),
        DicomElement element => new DicomElement(place, element.VR, element.Bytes, element.CharacterSet),
        _ => item,
    };

    private DicomElement Element(DicomTag tag) => Find(tag) switch
    {
        DicomElement element => element,
        null => throw new DicomValueException($"{tag.Named()} is missing."),
        var item => throw new DicomValueException($"{tag.Named()} is {item.VR}, {item.GetType().Name}; wanted a value."),
    };

    /// <summary>Where a private tag with a creator stands in this data set, PS3.5 section 7.8.1; null if its block is absent or none is free.</summary>
    private DicomTag? Resolve(DicomTag tag, bool reserve = false)
    {
        if (tag.PrivateCreator is null)
            return tag;
        for (ushort block = 0x10; block <= 0xFF; block++)
        {
            var owner = new DicomTag(tag.Group, block);
            var at = IndexOf(owner.Key);
            if (at < 0 && !reserve)
                continue;
            if (at < 0)
                Insert(ElementFactory.FromTexts(owner, DicomVR.LO, [tag.PrivateCreator]));
            else if (items[at] is not DicomElement element || element.Text().Trim() != tag.PrivateCreator)
                continue;
            return new DicomTag(tag.Group, (ushort)((block << 8) | (tag.Element & 0xFF)));
        }

        return null;
    }

    private int IndexOf(uint key)
    {
        var (low, high) = (0, items.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var found = items[middle].Key;
            if (found == key)
                return middle;
            if (found < key)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }

    private void Insert(DicomItem item)
    {
        var at = items.Count == 0 || items[^1].Key < item.Key ? ~items.Count : IndexOf(item.Key);
        if (at >= 0)
            items[at] = item;
        else
            items.Insert(~at, item);
    }
}
