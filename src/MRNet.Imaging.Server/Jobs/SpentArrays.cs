namespace MRNet.Imaging.Server.Jobs;

/// <summary>
/// A job leaves arrays of hundreds of megabytes behind. The collector lets them pile up for as long as the machine has memory, and keeps
/// what it has once taken: a server of 0.7 GiB grew to 7 under a hundred clients. So it is asked to look now and then.
/// </summary>
internal sealed class SpentArrays
{
    private const long Often = 256L << 20; // bytes allocated

    private long looked;

    /// <summary>Nobody waits for it: it goes on in the background.</summary>
    public void AfterJob()
    {
        var (allocated, before) = (GC.GetTotalAllocatedBytes(), Interlocked.Read(ref looked));
        if (allocated - before < Often || Interlocked.CompareExchange(ref looked, allocated, before) != before)
            return;
#pragma warning disable RS0030 // no leak is hidden by it: the arrays are garbage already
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
#pragma warning restore RS0030
    }
}
