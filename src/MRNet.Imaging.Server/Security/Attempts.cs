namespace MRNet.Imaging.Server.Security;

/// <summary>How often an address failed within a minute; the memory for it is bounded.</summary>
internal sealed class Attempts(int limit, TimeProvider time)
{
    private const int Addresses = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (long Begun, int Count)> failed = [];

    /// <summary>Whether the address has used up its attempts.</summary>
    public bool IsOver(string address)
    {
        using var _ = gate.EnterScope();
        return failed.TryGetValue(address, out var found) && !IsOld(found.Begun) && found.Count >= limit;
    }

    /// <summary>Counts one more.</summary>
    /// <returns>False when it is beyond the limit.</returns>
    public bool Count(string address)
    {
        using var _ = gate.EnterScope();
        MakeRoom();
        var (begun, count) = failed.TryGetValue(address, out var found) && !IsOld(found.Begun) ? found : (time.GetTimestamp(), 0);
        failed[address] = (begun, count + 1);
        return count < limit;
    }

    private void MakeRoom()
    {
        if (failed.Count < Addresses)
            return;
        foreach (var (address, _) in failed.Where(one => IsOld(one.Value.Begun)).ToArray())
            failed.Remove(address);
        if (failed.Count >= Addresses)
            failed.Clear(); // ten thousand addresses at once: no count of ours stops them
    }

    private bool IsOld(long begun) => time.GetElapsedTime(begun) >= Window;
}
