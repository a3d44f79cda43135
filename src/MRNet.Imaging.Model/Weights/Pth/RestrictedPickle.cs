namespace MRNet.Imaging.Model.Weights.Pth;

/// <summary>
/// A pickle machine that knows the opcodes of protocol 2 that PyTorch writes for a state dictionary, and nothing that runs code.
/// Values are put on a stack, never nested by recursion and never copied, so that neither deep nesting nor a memo that names
/// itself a thousand times costs more than the bytes it is written in.
/// </summary>
internal sealed class RestrictedPickle
{
    /// <summary>Values that may wait at once; a state dictionary needs some dozens, but a list of numbers puts all of its on the stack.</summary>
    private const int StackLimit = 1_000_000;

    private readonly PickleBytes bytes;
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = [];
    private readonly Dictionary<int, object?> memo = [];

    private RestrictedPickle(byte[] bytes) => this.bytes = new(bytes);

    /// <exception cref="WeightsException">Not such a pickle; the message says what is in the way, beginning with "it".</exception>
    public static object? Read(byte[] bytes) => new RestrictedPickle(bytes).Run();

    private object? Run()
    {
        while (true)
        {
            var opcode = bytes.Byte();
            if (opcode == '.')
                return stack is [var result] && marks.Count == 0 ? result : throw new WeightsException($"it ends with {stack.Count} values; expected 1");
            Do(opcode);
            if (stack.Count > StackLimit)
                throw new WeightsException($"more than {StackLimit} of its values wait for each other");
        }
    }

    private void Do(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Protocol(); break;
            case (byte)'(': marks.Push(stack.Count); break;

            case (byte)'N': stack.Add(null); break;
            case 0x88: stack.Add(true); break;
            case 0x89: stack.Add(false); break;
            case (byte)'K': stack.Add((long)bytes.Byte()); break;
            case (byte)'M': stack.Add((long)bytes.UInt16()); break;
            case (byte)'J': stack.Add((long)bytes.Int32()); break;
            case 0x8a: stack.Add(bytes.Long()); break;
            case (byte)'G': stack.Add(bytes.Double()); break;
            case (byte)'X': stack.Add(bytes.Text()); break;

            case (byte)')': stack.Add(Array.Empty<object?>()); break;
            case 0x85: stack.Add(Last(1)); break;
            case 0x86: stack.Add(Last(2)); break;
            case 0x87: stack.Add(Last(3)); break;
            case (byte)'t': stack.Add(ToMark()); break;
            case (byte)']': stack.Add(new List<object?>()); break;
            case (byte)'a': Append(Last(1)); break;
            case (byte)'e': Append(ToMark()); break;
            case (byte)'}': stack.Add(new PickledDictionary()); break;
            case (byte)'s': Set(Last(2)); break;
            case (byte)'u': Set(ToMark()); break;

            case (byte)'q': memo[bytes.Byte()] = Top(); break;
            case (byte)'r': memo[bytes.Int32()] = Top(); break;
            case (byte)'h': stack.Add(Remembered(bytes.Byte())); break;
            case (byte)'j': stack.Add(Remembered(bytes.Int32())); break;

            case (byte)'c': stack.Add(PickledGlobal.Of($"{bytes.Line()}.{bytes.Line()}")); break;
            case (byte)'Q': stack.Add(PickledCalls.Storage(Last(1)[0])); break;
            case (byte)'R': Reduce(); break;
            case (byte)'b': Build(); break;
            default: throw new WeightsException($"it has the opcode 0x{opcode:x2}, which no dictionary of tensors needs");
        }
    }

    private void Protocol()
    {
        if (bytes.Byte() is var protocol and not 2)
            throw new WeightsException($"it is of pickle protocol {protocol}; expected 2, which torch.save writes");
    }

    private void Reduce()
    {
        var (call, arguments) = Last(2) switch { [var a, var b] => (a, b), _ => default };
        stack.Add(PickledCalls.Call(call, arguments));
    }

    /// <summary>A state dictionary carries versions of its layers as an attribute; they are of no use here.</summary>
    private void Build()
    {
        var attributes = Last(1)[0];
        if (Top() is not PickledDictionary || attributes is not PickledDictionary)
            throw new WeightsException("it sets attributes of something that is no dictionary");
    }

    private void Append(object?[] values)
    {
        if (Top() is not List<object?> list)
            throw new WeightsException("it appends to something that is no list");
        list.AddRange(values);
    }

    private void Set(object?[] pairs)
    {
        if (Top() is not PickledDictionary dictionary)
            throw new WeightsException("it sets items of something that is no dictionary");
        if (pairs.Length % 2 != 0)
            throw new WeightsException("it sets a key without a value");
        foreach (var pair in pairs.Chunk(2))
            dictionary.Entries.Add((Key(pair[0]), pair[1]));
    }

    private static object Key(object? value) => value is string or long ? value : throw new WeightsException("it has a key that is neither text nor a whole number");

    private object? Remembered(int index) =>
        memo.TryGetValue(index, out var value) ? value : throw new WeightsException($"it asks for value {index} that it never kept");

    private object? Top() => stack is [.., var top] && stack.Count > Floor ? top : throw new WeightsException("it takes a value where there is none");

    private object?[] Last(int count)
    {
        if (stack.Count - Floor < count)
            throw new WeightsException("it takes a value where there is none");
        return Cut(stack.Count - count);
    }

    private object?[] ToMark() => Cut(marks.TryPop(out var mark) ? mark : throw new WeightsException("it closes what it never opened"));

    private object?[] Cut(int from)
    {
        object?[] values = [.. stack[from..]];
        stack.RemoveRange(from, stack.Count - from);
        return values;
    }

    /// <summary>Below it the values belong to something still open.</summary>
    private int Floor => marks.TryPeek(out var mark) ? mark : 0;
}
