namespace MRNet.Imaging;

/// <summary>Which slices of a result are there while others are still being computed: who reads one that is not there yet waits for it.</summary>
public sealed class SliceArrivals(int slices)
{
    private readonly object gate = new();
    private readonly bool[] there = new bool[slices];
    private bool isOver;

    /// <param name="z">Slice of the box.</param>
    public void Arrive(int z)
    {
        lock (gate)
        {
            there[z] = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>No more will come: those who wait for others are told so.</summary>
    public void Close()
    {
        lock (gate)
        {
            isOver = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <param name="z">Slice of the box.</param>
    /// <exception cref="OperationCanceledException">It was never computed.</exception>
    public void WaitFor(int z)
    {
        lock (gate)
        {
            while (!there[z])
            {
                if (isOver)
                    throw new OperationCanceledException($"Slice {z} was not computed.");
                Monitor.Wait(gate);
            }
        }
    }
}
