using System.Numerics;

namespace MRNet.Imaging.Model.Weights.Pth;

/// <summary>What the few names that a pickle may call do here.</summary>
internal static class PickledCalls
{
    private const int DimensionLimit = 8;

    /// <exception cref="WeightsException">Something else is called, or with other arguments.</exception>
    public static object Call(object? call, object? arguments) => (call, arguments) switch
    {
        (PickledGlobal.OrderedDictionary, object?[] { Length: 0 }) => new PickledDictionary(),
        (PickledGlobal.RebuildTensor, object?[] and [PickledStorage storage, long offset, object?[] shape, object?[] strides, bool, ..]) => Tensor(storage, offset, Numbers(shape), Numbers(strides)),
        (PickledGlobal.RebuildParameter, object?[] and [PickledTensor tensor, bool, ..]) => tensor,
        (PickledGlobal, _) => throw new WeightsException("it makes a tensor or dictionary of something else than is written for them"),
        _ => throw new WeightsException("it calls something that is no name"),
    };

    /// <param name="id">('storage', type, key, device, elements): where the numbers of a tensor are.</param>
    public static PickledStorage Storage(object? id) => id is object?[] and ["storage", PickledGlobal.StorageType type, string key, string, long and >= 0 and var count]
        ? new(type.Type, key, count)
        : throw new WeightsException("it refers to something outside that is no storage of numbers");

    private static PickledTensor Tensor(PickledStorage storage, long offset, long[] shape, long[] strides)
    {
        if (shape.Length != strides.Length || shape.Length > DimensionLimit || shape.Concat(strides).Append(offset).Any(n => n < 0))
            throw new WeightsException($"it has a tensor of ({string.Join(", ", shape.Take(DimensionLimit))}) that is laid out in no possible way");
        if (Last(offset, shape, strides) >= storage.Count || Count(shape) > storage.Count)
            throw new WeightsException($"it has a tensor of ({string.Join(", ", shape)}) on a storage of {storage.Count} numbers");
        return new(storage, offset, shape, strides);
    }

    /// <summary>Place of the last number; -1 where there are none.</summary>
    private static BigInteger Last(long offset, long[] shape, long[] strides) =>
        shape.Contains(0) ? -1 : shape.Zip(strides, (size, stride) => (BigInteger)(size - 1) * stride).Aggregate((BigInteger)offset, (sum, step) => sum + step);

    private static BigInteger Count(long[] shape) => shape.Aggregate(BigInteger.One, (product, size) => product * size);

    private static long[] Numbers(object?[] tuple) =>
        [.. tuple.Select(item => item is long number ? number : throw new WeightsException("it has a tensor whose shape is not of whole numbers"))];
}
